import ChatCore
import NIOCore
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(3))) struct WebSocketClosingTests {
  typealias Subprotocol = WebSocketTestClient.Subprotocol

  @Test("A client's Close is answered with its code, behind what is queued", arguments: Subprotocol.allCases)
  func byClient(subprotocol: Subprotocol) async throws {
    try await withWebServer { _, server in
      let service = try #require(server.service)
      for code in [nil, 1_000, 1_001, 4_999] as [UInt16?] {
        let client = try await WebSocketTestClient.connect(server, subprotocol, user: "ann")
        let request = client.nextRequest()
        try await client.send(message: client.encode([ClientFrame(requestID: request, body: .ping)]))
        try await client.sendClose(code, code == nil ? "" : "bye")
        guard case .heartbeat = try await client.answer(to: request) else {
          Issue.record("no heartbeat")
          return
        }
        #expect(try await client.closeCode() == code)
        try await client.waitUntilClosed()
        #expect(client.seen.afterClose == 0)
        #expect(try await eventually { await service.statistics().sessions == 0 })
      }
    }
  }

  @Test("What comes behind a client's Close is not looked at", arguments: Subprotocol.allCases)
  func afterClose(subprotocol: Subprotocol) async throws {
    try await withWebServer { _, server in
      let client = try await WebSocketTestClient.connect(server, subprotocol, user: "ann")
      var publish = ClientFrame.Publish()
      publish.to = ["user:ann"]
      let message = client.encode([ClientFrame(requestID: 0, body: .publish(publish))])
      try await client.send(
        bytes: WebSocketTestClient.frame(.close) + WebSocketTestClient.frame(client.dataOpcode, message)
          + WebSocketTestClient.frame(.ping) + WebSocketTestClient.frame(.close))
      #expect(try await client.control() == WebSocketTestFrame(first: 0x88, data: []))
      try await client.waitUntilClosed()
      #expect(!client.hasControl)
      #expect(await server.service?.statistics().messagesPublished == 0)
    }
  }

  @Test("A session that is disconnected is told why, then closed", arguments: Subprotocol.allCases)
  func byServer(subprotocol: Subprotocol) async throws {
    try await withWebServer { _, server in
      let service = try #require(server.service)
      let client = try await WebSocketTestClient.connect(server, subprotocol, user: "ann")
      #expect(await service.disconnect(user: try UserID("ann")) == 1)
      #expect(try await client.error() == .disconnected)
      #expect(try await client.closeCode() == 1_008)
      // On a slow machine the second may have passed.
      try? await client.sendClose(1_008)
      try await client.waitUntilClosed()
      #expect(client.seen.afterClose == 0)
      #expect(try await eventually { await service.presence(of: try UserID("ann")).sessions == 0 })
    }
  }

  @Test("The answer to Close ends the connection; without one it is cut after a second")
  func answerToClose() async throws {
    try await withWebServer { _, server in
      let service = try #require(server.service)
      var gap = Duration.zero
      // A machine that is busy may be long in answering.
      for _ in 0..<5 where gap < .milliseconds(500) {
        let answering = try await WebSocketTestClient.connect(server, .json, user: "ann")
        let silent = try await WebSocketTestClient.connect(server, .json, user: "ann")
        let start = ContinuousClock.now
        #expect(await service.disconnect(user: try UserID("ann")) == 2)
        _ = try await answering.closeCode()
        try? await answering.sendClose()
        let ended = try await answering.waitUntilClosed()
        let cut = try await silent.waitUntilClosed()
        #expect(cut - start >= .seconds(1))
        gap = cut - ended
      }
      #expect(gap >= .milliseconds(500))
    }
  }

  @Test("A drain says GoAway, then closes with 1001", arguments: Subprotocol.allCases)
  func drain(subprotocol: Subprotocol) async throws {
    try await withWebServer { address, server in
      let client = try await WebSocketTestClient.connect(server, subprotocol, user: "ann")
      let early = try await WebSocketTestClient.open(server, subprotocol)
      let tcp = try await RawClient.connect(address, user: "bob")
      async let stopped: Void = server.stop()
      let frame = try await client.frame { if case .goAway = $0.body { true } else { false } }
      guard case .goAway(let goAway) = frame.body else { return }
      #expect(goAway.closesAfter == 200)
      #expect(try await client.closeCode() == 1_001)
      try? await client.sendClose(1_001)
      #expect(try await early.error() == .draining)
      #expect(try await early.closeCode() == 1_001)
      for client in [client, early] { try await client.waitUntilClosed() }
      try await tcp.waitUntilClosed()
      await stopped
      #expect(client.seen.afterClose == 0)
    }
  }

  @Test("A connection that ends without Close ends its session", arguments: Subprotocol.allCases)
  func cut(subprotocol: Subprotocol) async throws {
    try await withWebServer { _, server in
      let service = try #require(server.service)
      let client = try await WebSocketTestClient.connect(server, subprotocol, user: "ann")
      #expect(await service.statistics().sessions == 1)
      await client.cut()
      #expect(try await eventually { await service.statistics().sessions == 0 })
    }
  }

  @Test("Without Connect a connection is told and closed", arguments: Subprotocol.allCases)
  func handshakeTimeout(subprotocol: Subprotocol) async throws {
    try await withWebServer(configure: { $0.limits.handshakeTimeout = 200 }) { _, server in
      let client = try await WebSocketTestClient.open(server, subprotocol)
      #expect(try await client.error() == .handshakeTimeout)
      #expect(try await client.closeCode() == 1_008)
    }
  }

  @Test("A connection for which there is no room is told why, then closed", arguments: Subprotocol.allCases)
  func noRoom(subprotocol: Subprotocol) async throws {
    try await withWebServer(loops: 1, configure: { $0.limits.sessionsPerLoop = 1 }) { _, server in
      let client = try await WebSocketTestClient.connect(server, subprotocol, user: "ann")
      let second = try await WebSocketTestClient.open(server, subprotocol)
      #expect(try await second.error() == .limitExceeded)
      #expect(try await second.closeCode() == 1_008)
      try await second.waitUntilClosed()
      _ = try await client.request(.ping)
    }
  }
}
