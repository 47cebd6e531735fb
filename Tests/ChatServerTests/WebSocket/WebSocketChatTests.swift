import ChatCore
import NIOCore
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(3))) struct WebSocketChatTests {
  typealias Subprotocol = WebSocketTestClient.Subprotocol

  @Test(
    "WebSocket and TCP clients chat in one conversation, each seeing all in order",
    arguments: [1, 3], [0, 1, 126, 65_536])
  func chat(loops: Int, bodyBytes: Int) async throws {
    try await withWebServer(loops: loops) { address, server in
      let tcp = try await RawClient.connect(address, user: "tcp")
      let json = try await WebSocketTestClient.connect(server, .json, user: "json")
      let protobuf = try await WebSocketTestClient.connect(server, .protobuf, user: "protobuf")
      _ = try await tcp.join("group:g")
      for client in [json, protobuf] { try await client.join("group:g") }
      var expected: [(sender: String, body: [UInt8])] = []
      for number in 0..<4 {
        let body = (0..<bodyBytes).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ number) }
        var publish = ClientFrame.Publish()
        publish.to = ["group:g"]
        publish.body = Payload(body)
        guard case .published = try await tcp.request(.publish(publish)) else {
          Issue.record("not published")
          return
        }
        for client in [json, protobuf] {
          let receipt = try #require(try await client.publish(body, to: "group:g").first)
          #expect(receipt.recipientsOnline == 2)
          #expect(receipt.recipientsTotal == 2)
        }
        expected += ["tcp", "json", "protobuf"].map { ($0, body) }
      }
      for (index, message) in expected.enumerated() {
        let received = [try await tcp.message(), try await json.message(), try await protobuf.message()]
        #expect(Set(received).count == 1, "all get the same")
        #expect(received[0].sequence == UInt64(index) + 1)
        #expect(received[0].sender == message.sender)
        #expect(received[0].body.bytes == message.body)
        #expect(received[0].conversation == "group:g")
      }
      #expect(json.seen.firstBytes == [0x81], "nothing but whole text messages")
      #expect(protobuf.seen.firstBytes == [0x82], "nothing but whole binary messages")
    }
  }

  @Test("One message may hold several frames, and come in parts", arguments: Subprotocol.allCases)
  func batches(subprotocol: Subprotocol) async throws {
    try await withWebServer { _, server in
      let client = try await WebSocketTestClient.connect(server, subprotocol, user: "ann")
      let numbers = (0..<3).map { _ in client.nextRequest() }
      let message = client.encode(numbers.map { ClientFrame(requestID: $0, body: .ping) })
      for cut in [0, 1, message.count / 2, message.count] {
        try await client.send(client.dataOpcode, Array(message[..<cut]), final: false)
        try await client.send(.ping, [7])
        try await client.send(.continuation, [], final: false)
        try await client.send(.continuation, Array(message[cut...]))
        #expect(try await client.control() == WebSocketTestFrame(first: 0x8a, data: [7]))
        for number in numbers {
          guard case .heartbeat = try await client.answer(to: number) else {
            Issue.record("no heartbeat")
            return
          }
        }
      }
    }
  }

  @Test("Pings are answered with their data, pongs are not", arguments: Subprotocol.allCases)
  func pings(subprotocol: Subprotocol) async throws {
    try await withWebServer { _, server in
      // Also before Connect.
      for client in [
        try await WebSocketTestClient.open(server, subprotocol),
        try await WebSocketTestClient.connect(server, subprotocol, user: "ann"),
      ] {
        try await client.send(.pong, [1])
        for count in [0, 1, 125] {
          let data = (0..<count).map { UInt8($0) }
          try await client.send(.ping, data)
          #expect(try await client.control() == WebSocketTestFrame(first: 0x8a, data: data))
        }
        #expect(!client.hasControl)
      }
    }
  }

  @Test("A WebSocket ping shows that a client is alive, as a frame does", arguments: Subprotocol.allCases)
  func liveliness(subprotocol: Subprotocol) async throws {
    try await withWebServer(configure: { $0.limits.idleTimeout = 6_000 }) { _, server in
      let silent = try await WebSocketTestClient.connect(server, subprotocol, user: "ann")
      let pinging = try await WebSocketTestClient.connect(server, subprotocol, user: "bob")
      let ponging = try await WebSocketTestClient.connect(server, subprotocol, user: "cat")
      for _ in 0..<16 {
        try await pinging.send(.ping, [1])
        try await ponging.send(.pong, [2])
        try await Task.sleep(for: .milliseconds(500))
      }
      #expect(try await silent.error() == .idleTimeout)
      #expect(try await silent.closeCode() == 1_008)
      for client in [pinging, ponging] {
        guard case .heartbeat = try await client.request(.ping) else {
          Issue.record("no heartbeat")
          return
        }
      }
    }
  }

  @Test(
    "Who pings and reads nothing takes no memory, and gets the newest answer",
    arguments: Subprotocol.allCases)
  func pingFlood(subprotocol: Subprotocol) async throws {
    try await withWebServer(configure: { $0.sendBufferBytes = 16_384 }) { _, server in
      let service = try #require(server.service)
      let client = try await WebSocketTestClient.connect(
        server, subprotocol, user: "ann", receiveBuffer: 8_192)
      try await client.setReading(false)
      let pings = Array(
        repeatElement(WebSocketTestClient.frame(.ping, Array(repeating: 7, count: 125)), count: 50).joined())
      // How much sockets take is the kernel's business.
      var rounds = 0
      var held = false
      while !held, rounds < 5_000 {
        try await client.send(bytes: pings, times: 100)
        rounds += 100
        held = try await service.heldBytes(of: "ann").first ?? 0 > 0
      }
      #expect(held, "the sockets took all answers")
      try await client.send(.ping, [1, 2, 3])
      // Else a message would go the direct way, before what NIO holds or in the middle of it.
      #expect(await service.sessions(of: try UserID("ann")).map(\.isWritable) == [false])
      let most = 16 * (2 + 125)
      #expect(try await service.heldBytes(of: "ann").allSatisfy { $0 <= most })
      try await client.setReading(true)
      var last: [UInt8] = []
      var count = 0
      while last != [1, 2, 3] {
        last = try await client.control().data
        count += 1
      }
      #expect(count < rounds * 50)
      guard case .heartbeat = try await client.request(.ping) else {
        Issue.record("no heartbeat")
        return
      }
      #expect(!client.hasControl, "an older ping is answered after the newest")
    }
  }
}

extension WebSocketTestClient {
  /// Sends without reading. If a system that has no room for what comes does not take what says that there is room for
  /// what goes either, it reads until all is out.
  fileprivate func send(bytes: [UInt8], times: Int) async throws {
    let rescue = Task {
      try await Task.sleep(for: .seconds(10))
      try await setReading(true)
    }
    for _ in 0..<times { try await send(bytes: bytes) }
    rescue.cancel()
    try await setReading(false)
  }
}
