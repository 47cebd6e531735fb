import ChatCore
import ChatServer
import NIOCore
import Testing

@Suite struct LifecycleTests {
  private func error(_ frame: ServerFrame) -> ErrorCode? {
    if case .error(let error) = frame.body { error.code } else { nil }
  }

  @Test("A connection that sends no Connect is told and closed")
  func handshakeTimeout() async throws {
    try await withServer(configure: { $0.limits.handshakeTimeout = 200 }) { address, _ in
      let client = try await RawClient.open(address)
      let frame = try await client.frame { _ in true }
      #expect(error(frame) == .handshakeTimeout)
      try await client.waitUntilClosed()
    }
  }

  @Test("A session that sends nothing is told and closed; one that pings stays")
  func idleTimeout() async throws {
    try await withServer(configure: { $0.limits.idleTimeout = 4_000 }) { address, _ in
      let silent = try await RawClient.connect(address, user: "ann")
      let lively = try await RawClient.connect(address, user: "bob")
      for _ in 0..<12 {
        guard case .heartbeat = try await lively.request(.ping) else {
          Issue.record("no heartbeat")
          return
        }
        try await Task.sleep(for: .milliseconds(500))
      }
      let frame = try await silent.frame { if case .error = $0.body { true } else { false } }
      #expect(error(frame) == .idleTimeout)
      try await silent.waitUntilClosed()
      _ = try await lively.request(.ping)
    }
  }

  @Test("An idle session gets heartbeats with the tails that moved")
  func heartbeat() async throws {
    try await withServer(configure: { $0.limits.heartbeatInterval = 200 }) { address, _ in
      let ann = try await RawClient.connect(address, user: "ann")
      _ = try await ann.publish("x", to: "user:ann")
      // One without tails may come first.
      let frame = try await ann.frame {
        if case .heartbeat(let tails, _) = $0.body { !tails.isEmpty } else { false }
      }
      guard case .heartbeat(let tails, _) = frame.body else { return }
      #expect(tails == [Position(conversation: "direct:ann:ann", epoch: 1, sequence: 1)])
    }
  }

  @Test("Stopping tells sessions to go away, sends what is queued, and closes")
  func drain() async throws {
    try await withServer { address, server in
      let ann = try await RawClient.connect(address, user: "ann")
      async let stopped: Void = server.stop()
      let frame = try await ann.frame { if case .goAway = $0.body { true } else { false } }
      guard case .goAway(let goAway) = frame.body else { return }
      #expect(goAway.closesAfter == 200)
      try await ann.waitUntilClosed()
      await stopped
      await #expect(throws: (any Error).self) { try await RawClient.connect(address, user: "bob") }
    }
  }

  @Test("A port in use stops the start with a sentence")
  func portInUse() async throws {
    try await withServer { address, _ in
      await #expect(throws: ServerError.self) {
        try await withServer(configure: { $0.port = address.port ?? 0 }) { _, _ in }
      }
    }
  }

  @Test("Requests before Connect, a second Connect and bad names are refused")
  func wrongOrder() async throws {
    try await withServer { address, _ in
      let early = try await RawClient.open(address)
      try await early.send(.ping, request: 5)
      #expect(error(try await early.frame { $0.requestID == 5 }) == .outOfOrder)
      try await early.waitUntilClosed()

      let ann = try await RawClient.connect(address, user: "ann")
      guard case .error(let again) = try await ann.request(.connect(.init())) else {
        Issue.record("accepted")
        return
      }
      #expect(again.code == .outOfOrder)
      for name in ["", "group:", "group:a b", "user:", "direct:a", "everything"] {
        guard case .error(let error) = try await ann.request(.join(conversation: name)) else {
          Issue.record("\(name) accepted")
          continue
        }
        #expect(error.code == .invalidArgument)
      }
      await #expect(throws: (any Error).self) { try await RawClient.connect(address, user: "a:b") }
    }
  }

  @Test("Bad bytes harm only their sender")
  func badBytes() async throws {
    try await withServer { address, _ in
      let neighbour = try await RawClient.connect(address, user: "ann")
      let bad: [[UInt8]] = [
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], Array(repeating: 0xff, count: 32),
        [0x05, 0xff, 0xff, 0xff, 0xff, 0xff], [0x80, 0x80, 0x80, 0x01],
        // The first letter is read as a length, which the request has to reach.
        Array(
          "GET / HTTP/1.1\r\nHost: chat.example\r\nUser-Agent: a browser\r\nAccept: text/html, */*\r\n\r\n"
            .utf8),
      ]
      for bytes in bad {
        let client = try await RawClient.open(address)
        try await client.send(bytes: bytes)
        #expect(error(try await client.frame { _ in true }) != nil)
        try await client.waitUntilClosed()
        _ = try await neighbour.publish("still here", to: "user:ann")
        _ = try await neighbour.message()
      }
    }
  }
}
