import ChatCore
import Testing

@testable import ChatServer

/// Those of WebSocket with TLS are in ``WebSocketSlowReaderTests``.
@Suite(.timeLimit(.minutes(3))) struct TLSSlowReaderTests {
  typealias Subprotocol = WebSocketTestClient.Subprotocol

  private let certificates: TestCertificates

  init() throws { certificates = try TestCertificates() }

  private func configure(_ configuration: inout ServerConfiguration) {
    configuration.tls = certificates.server()
    configuration.sendBufferBytes = 32_768
    configuration.limits.messageBytes = 8 * 1024
    configuration.limits.windowBytes = 64 * 1024
    configuration.limits.idleTimeout = 600_000
    configuration.limits.stallTimeout = 600_000
  }

  @Test(
    "A reader that is 10 MB behind gets all of it in order; meanwhile it holds one copy, and nobody waits for it"
  )
  func tenMegabytes() async throws {
    let bodies = (0..<500).map { number in
      (0..<20_000).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ number) }
    }
    try await withServer(loops: 2, configure: configure) { address, server in
      let service = try #require(server.service)
      let tls = try certificates.client()
      let stalled = try await RawClient.connect(address, user: "stalled", receiveBuffer: 8_192, tls: tls)
      let lively = try await RawClient.connect(address, user: "lively", tls: tls)
      for client in [stalled, lively] {
        _ = try await client.subscribe("broadcast:b")
        client.countMessages(expecting: bodies)
      }
      try await stalled.setReading(false)
      let publisher = try await RawClient.connect(address, user: "publisher", tls: tls)
      for body in bodies {
        var publish = ClientFrame.Publish()
        publish.to = ["broadcast:b"]
        publish.body = Payload(body)
        _ = try await publisher.request(.publish(publish))
      }
      try await lively.waitForMessages(UInt64(bodies.count))
      #expect(stalled.messageCount < bodies.count / 2)
      let held = try await service.heldBytes(of: "stalled")
      // One copy, and what encryption adds to it.
      #expect(held.count == 1 && held.allSatisfy { $0 > 0 && $0 <= 9 * 1024 }, "\(held)")
      #expect(await service.statistics().laggingSessions == 1)
      try await stalled.setReading(true)
      try await stalled.waitForMessages(UInt64(bodies.count))
      #expect(await service.statistics().pagesRead > 0, "it never fell out of the window")
    }
  }

  @Test(
    "Who reads nothing for too long is closed, although its last bytes never get out",
    arguments: [nil, Subprotocol.json])
  func stalled(subprotocol: Subprotocol?) async throws {
    try await withWebServer(
      loops: 1,
      configure: {
        configure(&$0)
        $0.limits.stallTimeout = 500
        $0.limits.handshakeTimeout = 5_000
        $0.limits.heartbeatInterval = 500
      }
    ) { address, server in
      let service = try #require(server.service)
      let tls = try certificates.client()
      if let subprotocol {
        let client = try await WebSocketTestClient.connect(
          server, subprotocol, user: "reader", receiveBuffer: 8_192, tls: tls)
        try await client.subscribe("broadcast:b")
        try await client.setReading(false)
      } else {
        let client = try await RawClient.connect(address, user: "reader", receiveBuffer: 8_192, tls: tls)
        _ = try await client.subscribe("broadcast:b")
        try await client.setReading(false)
      }
      let publisher = try await RawClient.connect(address, user: "publisher", tls: tls)
      for _ in 0..<200 {
        _ = try await publisher.publish(String(repeating: "x", count: 2_000), to: "broadcast:b")
      }
      #expect(try await eventually { await service.statistics().limitsHit["stall_timeout"] == 1 })
      // Its connection, too, not only its place among the open sessions.
      let port = try #require(service.ports.first)
      #expect(try await eventually { try await port.call { $0.sessionCount } == 1 })
    }
  }

  @Test("With little room for copies in one flush, all sessions get everything all the same")
  func littleRoom() async throws {
    let messages: UInt64 = 50
    try await withServer(
      loops: 1,
      configure: {
        configure(&$0)
        $0.limits.encryptedFlushBytes = 1_000
      }
    ) { address, _ in
      let tls = try certificates.client()
      var subscribers: [RawClient] = []
      for number in 0..<20 {
        let client = try await RawClient.connect(address, user: "user\(number)", tls: tls)
        _ = try await client.subscribe("broadcast:b")
        client.countMessages()
        subscribers.append(client)
      }
      let publisher = try await RawClient.connect(address, user: "publisher", tls: tls)
      for _ in 0..<messages {
        _ = try await publisher.publish(String(repeating: "x", count: 600), to: "broadcast:b")
      }
      for client in subscribers { try await client.waitForMessages(messages) }
    }
  }
}
