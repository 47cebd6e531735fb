import ChatCore
import NIOCore
import Testing

@testable import ChatServer

@Suite(.serialized, .timeLimit(.minutes(3))) struct WebSocketSlowReaderTests {
  typealias Subprotocol = WebSocketTestClient.Subprotocol

  private func configure(_ configuration: inout ServerConfiguration) {
    configuration.sendBufferBytes = 32_768
    configuration.limits.messageBytes = 8 * 1024
    configuration.limits.windowBytes = 64 * 1024
  }

  @Test(
    "Readers that stop hold one message at most, the others get everything, and later they catch up in order",
    arguments: Subprotocol.allCases)
  func catchUp(subprotocol: Subprotocol) async throws {
    let messages: UInt64 = 400
    let body = String(repeating: "x", count: 2_000)
    try await withWebServer(loops: 2, configure: configure) { address, server in
      let service = try #require(server.service)
      var stalled: [WebSocketTestClient] = []
      for number in 0..<6 {
        let client = try await WebSocketTestClient.connect(
          server, subprotocol, user: "stalled\(number)", receiveBuffer: 8_192)
        try await client.subscribe("broadcast:b")
        client.countMessages()
        try await client.setReading(false)
        stalled.append(client)
      }
      let lively = try await WebSocketTestClient.connect(server, subprotocol, user: "lively")
      try await lively.subscribe("broadcast:b")
      lively.countMessages()
      let tcp = try await RawClient.connect(address, user: "tcp")
      _ = try await tcp.subscribe("broadcast:b")
      tcp.countMessages()

      for _ in 0..<messages { _ = try await tcp.publish(body, to: "broadcast:b") }
      try await lively.waitForMessages(messages)
      try await tcp.waitForMessages(messages)

      for (number, client) in stalled.enumerated() {
        #expect(client.messageCount < messages)
        let held = try await service.heldBytes(of: "stalled\(number)")
        #expect(held.count == 1)
        #expect(held.allSatisfy { $0 > 0 && $0 <= 8 * 1024 + WebSocketHeader.mostBytes }, "\(held)")
        let info = try #require(await service.sessions(of: UserID("stalled\(number)")).first)
        #expect(!info.isWritable)
        #expect(info.lagMessages > 0)
      }
      #expect(await service.statistics().laggingSessions == stalled.count)

      for client in stalled { try await client.setReading(true) }
      for client in stalled {
        try await client.waitForMessages(messages)
        #expect(client.seen.longest <= 8 * 1024)
      }
      #expect(await service.statistics().pagesRead > 0, "they never fell out of the window")
    }
  }

  @Test(
    "Pings between the messages of a reader that stops and goes on harm neither",
    arguments: Subprotocol.allCases, [false, true])
  func pingsBetween(subprotocol: Subprotocol, isEncrypted: Bool) async throws {
    let certificates = isEncrypted ? try TestCertificates() : nil
    let bodies = (0..<300).map { number in
      [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: number * 97 % 6_000)
    }
    try await withWebServer(
      loops: 2,
      configure: {
        configure(&$0)
        $0.tls = certificates?.server()
      }
    ) { address, server in
      let tls = try certificates?.client()
      let client = try await WebSocketTestClient.connect(
        server, subprotocol, user: "reader", receiveBuffer: 8_192, tls: tls)
      try await client.subscribe("broadcast:b")
      client.countMessages(expecting: bodies)
      let publisher = try await RawClient.connect(address, user: "publisher", tls: tls)
      for (number, body) in bodies.enumerated() {
        // Stops often, and long enough for both buffers to fill.
        if number % 50 == 0 { try await client.setReading(false) }
        if number % 50 == 40 { try await client.setReading(true) }
        var publish = ClientFrame.Publish()
        publish.to = ["broadcast:b"]
        publish.body = Payload(body)
        _ = try await publisher.request(.publish(publish))
        try await client.send(.ping, [UInt8(number >> 8), UInt8(number & 0xff)])
      }
      try await client.setReading(true)
      try await client.waitForMessages(UInt64(bodies.count))
      var last = -1
      while last < bodies.count - 1 {
        let pong = try await client.control()
        #expect(pong.first == 0x8a)
        let number = Int(pong.data[0]) << 8 | Int(pong.data[1])
        #expect(number > last, "answers come in order")
        last = number
      }
    }
  }

  @Test(
    "A reader that stops and closes gets whole messages, then Close, and nothing behind it",
    arguments: Subprotocol.allCases, [false, true])
  func closing(subprotocol: Subprotocol, isEncrypted: Bool) async throws {
    let certificates = isEncrypted ? try TestCertificates() : nil
    let body = String(repeating: "x", count: 2_000)
    try await withWebServer(
      loops: 1,
      configure: {
        configure(&$0)
        $0.tls = certificates?.server()
      }
    ) { address, server in
      let tls = try certificates?.client()
      let service = try #require(server.service)
      let client = try await WebSocketTestClient.connect(
        server, subprotocol, user: "reader", receiveBuffer: 8_192, tls: tls)
      try await client.subscribe("broadcast:b")
      client.countMessages()
      try await client.setReading(false)
      let publisher = try await RawClient.connect(address, user: "publisher", tls: tls)
      for _ in 0..<200 { _ = try await publisher.publish(body, to: "broadcast:b") }
      #expect(try await eventually { try await service.heldBytes(of: "reader").first ?? 0 > 0 })
      for _ in 0..<20 { try await client.send(.ping, [1]) }
      try await client.sendClose(3_999)
      // The server notes Close before the reader goes on.
      #expect(try await eventually { await service.statistics().sessions == 1 })
      try await client.setReading(true)
      #expect(try await client.closeCode() == 3_999)
      try await client.waitUntilClosed()
      #expect(client.seen.afterClose == 0)
      #expect(!client.seen.isCut)
      #expect((1..<200).contains(client.messageCount))
    }
  }

  @Test("Behind a Close that a reader is long in taking comes nothing", arguments: Subprotocol.allCases)
  func overtaken(subprotocol: Subprotocol) async throws {
    let body = String(repeating: "x", count: 2_000)
    try await withWebServer(
      loops: 1,
      configure: {
        configure(&$0)
        $0.limits.handshakeTimeout = 2_000
      }
    ) { address, server in
      let service = try #require(server.service)
      let client = try await WebSocketTestClient.connect(
        server, subprotocol, user: "reader", receiveBuffer: 8_192)
      try await client.subscribe("broadcast:b")
      client.countMessages()
      try await client.setReading(false)
      let publisher = try await RawClient.connect(address, user: "publisher")
      for _ in 0..<200 { _ = try await publisher.publish(body, to: "broadcast:b") }
      #expect(try await eventually { try await service.heldBytes(of: "reader").first ?? 0 > 0 })
      let port = try #require(service.ports.first)
      let user = try UserID("reader")
      let session = try #require(try await port.call { $0.sessions(of: user).first?.id })
      // More than are kept, so that one waits for its answer; and an Error waits for the socket.
      for _ in 0..<30 { try await client.send(.ping, [1]) }
      var last = -1
      _ = try await eventually {
        let before = last
        last = try await port.call { $0.heldBytes(of: session) } ?? 0
        return last == before
      }
      let held = last
      #expect(await service.disconnect(user: user) == 1)
      // When the handshake's time has passed Close overtakes them, and there is a second left to take it.
      let isOvertaken = try await eventually {
        try await port.call { $0.heldBytes(of: session).map { $0 > held } ?? false }
      }
      #expect(isOvertaken)
      try await client.setReading(true)
      #expect(try await client.closeCode() == 1_008)
      try await client.waitUntilClosed()
      #expect(client.seen.afterClose == 0)
      #expect(!client.seen.isCut)
    }
  }
}
