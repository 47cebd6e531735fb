import NIOCore

/// Finds a loop's driver for a connection.
struct LoopPorts: Sendable {
  private let byLoop: [ObjectIdentifier: LoopPort]

  init(_ ports: [LoopPort]) {
    byLoop = Dictionary(uniqueKeysWithValues: ports.map { (ObjectIdentifier($0.eventLoop), $0) })
  }

  func port(of channel: any Channel) throws(ServerError) -> LoopPort {
    guard let port = byLoop[ObjectIdentifier(channel.eventLoop)] else {
      throw ServerError(.state, "a connection came on a loop that is not the server's")
    }
    return port
  }
}
