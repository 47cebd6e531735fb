import ChatCore
import NIOHTTP1

extension AdminRoutes {
  static func broker(_ broker: any BrokerService) -> [Route] {
    [
      Route(.GET, "/v1/broker") { _ in
        try .json(BrokerBody(await broker.brokerInfo()))
      },
      Route(.POST, "/v1/broker/drain") { _ in
        await broker.beginDrain()
        return try .json(BrokerBody(await broker.brokerInfo()), status: .accepted)
      },
    ]
  }
}

private struct BrokerBody: Encodable {
  struct Listener: Encodable {
    let name: String
    let address: String
  }

  struct Limits: Encodable {
    let frameBytes: UInt32
    let bodyBytes: UInt32
    let addressesPerPublish: UInt32
    let historyPageMessages: UInt32
    let serverFrameBytes: UInt32
    let idleTimeoutMs: UInt32
    let heartbeatIntervalMs: UInt32
  }

  struct Drain: Encodable {
    let sessionsAtStart: Int
    let sessionsLeft: Int
  }

  let node: String
  let version: String
  let state: String
  let startedAt: Decimal
  let loops: Int
  let listeners: [Listener]
  let limits: Limits
  let drain: Drain?

  init(_ info: BrokerInfo) {
    node = info.node
    version = info.version
    state = info.state.rawValue
    startedAt = Decimal(info.startedAt)
    loops = info.loops
    listeners = info.listeners.map { Listener(name: $0.name, address: $0.address) }
    limits = Limits(
      frameBytes: info.limits.frameBytes, bodyBytes: info.limits.bodyBytes,
      addressesPerPublish: info.limits.addressesPerPublish,
      historyPageMessages: info.limits.historyPageMessages, serverFrameBytes: info.limits.serverFrameBytes,
      idleTimeoutMs: info.limits.idleTimeoutMilliseconds,
      heartbeatIntervalMs: info.limits.heartbeatIntervalMilliseconds)
    drain = info.drain.map { Drain(sessionsAtStart: $0.sessionsAtStart, sessionsLeft: $0.sessionsLeft) }
  }
}
