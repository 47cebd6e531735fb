import ChatCore
import NIOCore
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(3))) struct NodeServiceTests {
  // MARK: Messages

  @Test("A publish reaches sessions, with a receipt, and the log", arguments: [1, 3])
  func publish(loops: Int) async throws {
    try await withWebServer(loops: loops) { address, server in
      let service = try #require(server.service)
      let ann = try await RawClient.connect(address, user: "ann")
      let bob = try await WebSocketTestClient.connect(server, .json, user: "bob")
      _ = try await ann.join("group:g")
      try await bob.join("group:g")
      _ = try await service.addMember(UserID("robot"), to: ConversationID("group:g"))
      for number in 1...10 {
        let receipts = try await service.publish(
          publication("\(number)", to: "group:g"), as: try UserID("robot"))
        let receipt = try #require(receipts.first)
        #expect(receipts.count == 1)
        #expect(receipt.to == "group:g")
        #expect(receipt.sequence == UInt64(number))
        #expect(receipt.recipientsOnline == 2)
        #expect(receipt.recipientsTotal == 2)
      }
      for number in 1...10 {
        let messages = [try await ann.message(), try await bob.message()]
        #expect(messages.map(\.sequence) == [UInt64(number), UInt64(number)])
        #expect(messages.allSatisfy { $0.sender == "robot" && $0.body.bytes == Array("\(number)".utf8) })
      }
      let page = try #require(
        try await service.history(ClientFrame.History(conversation: "group:g", after: 4, limit: 3)))
      #expect(page.messages.map(\.sequence) == [5, 6, 7])
      #expect(page.messages.map(\.body.bytes) == ["5", "6", "7"].map { Array($0.utf8) })
      #expect(page.firstSequence == 1)
      #expect(page.lastSequence == 10)
    }
  }

  @Test("A user who is no member publishes to all members; one who is, to the others", arguments: [1, 3])
  func recipients(loops: Int) async throws {
    try await withServer(loops: loops) { address, server in
      let service = try #require(server.service)
      for user in ["ann", "bob"] {
        _ = try await service.addMember(UserID(user), to: ConversationID("group:g"))
      }
      let bob = try await RawClient.connect(address, user: "bob")
      _ = try await bob.join("group:g")
      for (sender, online, total) in [("robot", 1, 2), ("ann", 1, 1), ("bob", 0, 1), ("robot", 1, 2)] {
        let receipts = try await service.publish(publication("x", to: "group:g"), as: UserID(sender))
        #expect(receipts.first?.recipientsOnline == UInt32(online), "\(sender)")
        #expect(receipts.first?.recipientsTotal == UInt32(total), "\(sender)")
      }
    }
  }

  @Test("A retry gets the first receipt's sequence, and is delivered once", arguments: [1, 3])
  func retry(loops: Int) async throws {
    try await withServer(loops: loops) { address, server in
      let service = try #require(server.service)
      let ann = try await RawClient.connect(address, user: "ann")
      for isDuplicate in [false, true, true] {
        let receipt = try #require(
          try await service.publish(publication("x", to: "user:ann", id: "1"), as: UserID("robot")).first)
        #expect(receipt.sequence == 1)
        #expect(receipt.conversation == "direct:ann:robot")
        #expect(receipt.duplicate == isDuplicate)
      }
      _ = try await service.publish(publication("y", to: "user:ann"), as: UserID("robot"))
      #expect(try await ann.message().body.bytes == Array("x".utf8))
      #expect(try await ann.message().body.bytes == Array("y".utf8))
    }
  }

  @Test("A refusal is thrown if it is of the only address, else it is in its receipt", arguments: [1, 3])
  func refusals(loops: Int) async throws {
    try await withServer(loops: loops) { _, server in
      let service = try #require(server.service)
      let robot = try UserID("robot")
      #expect(
        try await refusal { try await service.publish(publication("x", to: "nonsense"), as: robot) }
          == .invalidArgument)
      let receipts = try await service.publish(
        publication("x", to: "user:ann", "nonsense", "broadcast:b"), as: robot)
      #expect(receipts.map(\.sequence) == [1, 0, 1])
      #expect(receipts.map(\.error?.code) == [nil, .invalidArgument, nil])
      let big = publication(String(repeating: "x", count: 65_537), to: "user:ann")
      #expect(try await refusal { try await service.publish(big, as: robot) } != nil)
      let batch = await service.publish([
        PublishRequest(publication("1", to: "group:g"), as: robot),
        PublishRequest(publication("2", to: "nonsense"), as: robot),
        PublishRequest(publication("3", to: "broadcast:b"), as: robot),
      ])
      #expect(batch.count == 3)
      #expect((try? batch[2].get())?.first?.sequence == 2)
      #expect(throws: ChatError.self) { try batch[1].get() }
    }
  }

  @Test("Of what there is not there is no history", arguments: [1, 3])
  func noHistory(loops: Int) async throws {
    try await withServer(loops: loops, configure: { $0.retention.none = ["broadcast:live/"] }) { _, server in
      let service = try #require(server.service)
      #expect(try await service.history(ClientFrame.History(conversation: "group:none")) == nil)
      #expect(
        try await refusal { try await service.history(.init(conversation: "nonsense")) } == .invalidArgument)
      // What is not kept has no history, but that is no reason to say that there is no conversation.
      let page = try await service.history(ClientFrame.History(conversation: "broadcast:live/x"))
      #expect(page?.messages == [])
    }
  }

  // MARK: Conversations and members

  @Test("Members come and go, in order of their names", arguments: [1, 3])
  func members(loops: Int) async throws {
    try await withServer(loops: loops) { address, server in
      let service = try #require(server.service)
      let group = try ConversationID("group:g")
      #expect(try await service.conversation(group) == nil)
      #expect(try await service.members(of: group, after: nil, limit: 10) == nil)
      let ann = try await RawClient.connect(address, user: "ann")
      for (number, name) in ["cat", "ann", "bob", "ann"].enumerated() {
        let info = try await service.addMember(UserID(name), to: group)
        #expect(info.members == min(number + 1, 3))
        #expect(info.id == group)
      }
      #expect(try await service.members(of: group, after: nil, limit: 2)?.map(\.user.name) == ["ann", "bob"])
      #expect(try await service.members(of: group, after: "bob", limit: 2)?.map(\.user.name) == ["cat"])
      #expect(
        try await service.publish(publication("x", to: "group:g"), as: UserID("bob")).first?.sequence == 1)
      #expect(try await ann.message().conversation == "group:g")
      for _ in 0..<2 { try await service.removeMember(UserID("cat"), from: group) }
      #expect(try await service.conversation(group)?.members == 2)
      #expect(try await service.conversation(group)?.lastSequence == 1)
      _ = try await service.addMember(UserID("ann"), to: ConversationID("group:f"))
      #expect(try await service.conversations(after: nil, limit: 1).map(\.id.name) == ["group:f"])
      #expect(try await service.conversations(after: "group:f", limit: 9).map(\.id) == [group])
      let news = try ConversationID("broadcast:b")
      #expect(try await refusal { try await service.addMember(UserID("ann"), to: news) } == .invalidArgument)
    }
  }

  // MARK: Users and sessions

  @Test("Sessions are listed wherever they are, and disconnected by name and by user", arguments: [1, 3])
  func sessions(loops: Int) async throws {
    try await withWebServer(loops: loops) { address, server in
      let service = try #require(server.service)
      let ann = try UserID("ann")
      let tcp = try await RawClient.open(address)
      var connect = ClientFrame.Connect()
      connect.user = "ann"
      connect.device = "phone"
      connect.client = "app/1"
      guard case .connected(let connected) = try await tcp.request(.connect(connect)) else {
        Issue.record("not connected")
        return
      }
      let json = try await WebSocketTestClient.connect(server, .json, user: "ann")
      let protobuf = try await WebSocketTestClient.connect(server, .protobuf, user: "ann")
      let bob = try await RawClient.connect(address, user: "bob")
      let waiting = try await RawClient.open(address)

      let sessions = await service.sessions(of: ann)
      #expect(sessions.map(\.transport) == [.tcp, .webSocketJSON, .webSocketProtobuf], "the oldest first")
      #expect(sessions.allSatisfy { $0.user == ann && $0.isWritable && $0.lagMessages == 0 })
      #expect(Set(sessions.map(\.session)).count == 3)
      let first = try #require(sessions.first)
      #expect(first.session == connected.session)
      #expect(first.device == "phone")
      #expect(first.client == "app/1")
      #expect(abs(first.connectedAt - connected.serverTime) < 10_000)
      #expect(await service.presence(of: ann).sessions == 3)
      #expect(await service.presence(of: try UserID("nobody")).sessions == 0)

      for order in SessionOrder.allCases {
        let list = await service.sessions(limit: 3, order: order)
        #expect(list.total == 4, "one that has not connected is no session")
        #expect(list.sessions.count == 3)
      }
      #expect(await service.sessions(limit: 9, order: .age).sessions.last?.user.name == "bob")

      #expect(await service.disconnect(session: "no such session") == false)
      #expect(await service.disconnect(session: connected.session))
      let told = try await tcp.frame { if case .error = $0.body { true } else { false } }
      if case .error(let error) = told.body { #expect(error.code == .disconnected) }
      try await tcp.waitUntilClosed()
      #expect(await service.disconnect(session: connected.session) == false)
      #expect(await service.disconnect(user: ann) == 2)
      for client in [json, protobuf] { #expect(try await client.closeCode() == 1_008) }
      #expect(await service.disconnect(user: ann) == 0)
      _ = try await bob.request(.ping)
      await waiting.close()
    }
  }

  @Test("The list of sessions by lag begins with the one that is furthest behind", arguments: [1, 3])
  func lag(loops: Int) async throws {
    try await withServer(loops: loops, configure: { $0.sendBufferBytes = 16_384 }) { address, server in
      let service = try #require(server.service)
      var clients: [RawClient] = []
      for number in 0..<4 {
        let client = try await RawClient.connect(address, user: "user\(number)", receiveBuffer: 8_192)
        _ = try await client.subscribe("broadcast:b")
        clients.append(client)
      }
      try await clients[2].setReading(false)
      let publish = publication(String(repeating: "x", count: 4_000), to: "broadcast:b")
      for _ in 0..<100 { _ = try await service.publish(publish, as: UserID("robot")) }
      // On a busy machine those who read lag, too, for a moment.
      #expect(
        try await eventually {
          let first = await service.sessions(limit: 1, order: .lag).sessions.first
          return first.map { $0.user.name == "user2" && $0.lagMessages > 0 && !$0.isWritable } ?? false
        })
    }
  }
}
