import ChatCore
import Testing

@testable import ChatServer

@Suite struct RoutingTests {
  @Test("A group's message reaches every session of every member, in order", arguments: [1, 2, 16])
  func groupDelivery(loops: Int) async throws {
    try await withServer(loops: loops) { address, _ in
      var members: [RawClient] = []
      for user in ["ann", "ann", "bob", "cat"] {
        let client = try await RawClient.connect(address, user: user)
        _ = try await client.join("group:g")
        members.append(client)
      }
      for number in 1...20 {
        let receipts = try await members[number % 4].publish("\(number)", to: "group:g")
        #expect(receipts.first?.sequence == UInt64(number))
        #expect(receipts.first?.recipientsTotal == 2)
        #expect(receipts.first?.recipientsOnline == 2)
      }
      for client in members {
        for number in 1...20 {
          let message = try await client.message()
          #expect(message.sequence == UInt64(number))
          #expect(message.body.bytes == Array("\(number)".utf8))
          #expect(message.conversation == "group:g")
        }
      }
    }
  }

  @Test(
    "The first message to a user makes the direct conversation for both, and counts who is online",
    arguments: [1, 4])
  func directConversation(loops: Int) async throws {
    try await withServer(loops: loops) { address, _ in
      let ann = try await RawClient.connect(address, user: "ann")
      let annsPhone = try await RawClient.connect(address, user: "ann")
      let bob = try await RawClient.connect(address, user: "bob")
      let receipt = try #require(try await ann.publish("hello", to: "user:bob").first)
      #expect(receipt.sequence == 1)
      #expect(receipt.conversation == "direct:ann:bob")
      #expect(receipt.recipientsOnline == 1)
      #expect(receipt.recipientsTotal == 1)
      for client in [ann, annsPhone, bob] {
        let message = try await client.message()
        #expect(message.conversation == "direct:ann:bob")
        #expect(message.sender == "ann")
      }
      _ = try await bob.publish("hi", to: "direct:ann:bob")
      #expect(try await ann.message().sender == "bob")
      let offline = try #require(try await ann.publish("there?", to: "user:dora").first)
      #expect(offline.recipientsOnline == 0)
      #expect(offline.recipientsTotal == 1)
      let dora = try await RawClient.connect(address, user: "dora")
      #expect(try await dora.message().body.bytes == Array("there?".utf8))
    }
  }

  @Test("One publish reaches many addresses and everyone; a refused one is told in its receipt")
  func manyAddresses() async throws {
    try await withServer { address, _ in
      let ann = try await RawClient.connect(address, user: "ann")
      let bob = try await RawClient.connect(address, user: "bob")
      _ = try await bob.subscribe("broadcast:news")
      let receipts = try await ann.publish(
        "x", to: "user:bob", "broadcast:news", "broadcast:everyone", "group:closed", "nonsense")
      #expect(receipts.map(\.sequence) == [1, 1, 1, 0, 0])
      #expect(receipts[3].error?.code == .notMember)
      #expect(receipts[4].error?.code == .invalidArgument)
      var conversations: Set<String> = []
      for _ in 0..<3 { conversations.insert(try await bob.message().conversation) }
      #expect(conversations == ["direct:ann:bob", "broadcast:news", "broadcast:everyone"])
    }
  }

  @Test("A session resumes where its device left off, and the others from the delivered mark")
  func resume() async throws {
    try await withServer(configure: { $0.limits.markInterval = 1 }) { address, server in
      let ann = try await RawClient.connect(address, user: "ann")
      var bob = try await RawClient.connect(address, user: "bob")
      for client in [ann, bob] { _ = try await client.join("group:g") }
      for number in 1...5 { _ = try await ann.publish("\(number)", to: "group:g") }
      for _ in 1...5 { _ = try await bob.message() }
      try await bob.send(.acknowledge([Position(conversation: "group:g", sequence: 3)]))
      _ = try await bob.request(.ping)
      await bob.close()
      for number in 6...8 { _ = try await ann.publish("\(number)", to: "group:g") }
      let group = try ConversationID("group:g")
      let isMarked = try await eventually {
        try await server.service?.members(of: group, after: nil, limit: 9)?
          .contains { $0.user.name == "bob" && $0.delivered == 3 } == true
      }
      #expect(isMarked)

      bob = try await RawClient.connect(
        address, user: "bob", resume: [Position(conversation: "group:g", epoch: 1, sequence: 6)])
      #expect(try await bob.message().sequence == 7)
      #expect(try await bob.message().sequence == 8)
      let tablet = try await RawClient.connect(address, user: "bob")
      for sequence in UInt64(4)...8 { #expect(try await tablet.message().sequence == sequence) }
    }
  }

  @Test("A session that resumes another log, or beyond the end, is told so")
  func resumeElsewhere() async throws {
    try await withServer { address, _ in
      let ann = try await RawClient.connect(address, user: "ann")
      for number in 1...3 { _ = try await ann.publish("\(number)", to: "broadcast:b") }
      func gap(_ position: Position) async throws -> Gap? {
        let client = try await RawClient.connect(address, user: "bob")
        _ = try await client.subscribe("broadcast:b", after: position)
        let frame = try await client.frame { if case .gap = $0.body { true } else { false } }
        guard case .gap(let gap) = frame.body else { return nil }
        return gap
      }
      #expect(
        try await gap(Position(conversation: "", epoch: 99, sequence: 2))
          == Gap(conversation: "broadcast:b", from: 1, to: 2, reason: .epochChanged, epoch: 1))
      #expect(
        try await gap(Position(conversation: "", epoch: 1, sequence: 9))
          == Gap(conversation: "broadcast:b", from: 4, to: 9, reason: .logTruncated, epoch: 1))
    }
  }

  @Test("History is paged both ways by sequence")
  func history() async throws {
    try await withServer { address, _ in
      let ann = try await RawClient.connect(address, user: "ann")
      for number in 1...30 { _ = try await ann.publish("\(number)", to: "broadcast:b") }
      func page(_ history: ClientFrame.History) async throws -> [UInt64] {
        guard case .historyPage(let page) = try await ann.request(.history(history)) else { return [] }
        #expect(page.lastSequence == 30)
        return page.messages.map(\.sequence)
      }
      #expect(try await page(.init(conversation: "broadcast:b", limit: 3)) == [28, 29, 30])
      #expect(try await page(.init(conversation: "broadcast:b", before: 28, limit: 3)) == [25, 26, 27])
      #expect(try await page(.init(conversation: "broadcast:b", after: 10, limit: 3)) == [11, 12, 13])
      #expect(try await page(.init(conversation: "broadcast:b", after: 30)) == [])
      #expect(try await page(.init(conversation: "broadcast:b", limit: 3, fromStart: true)) == [1, 2, 3])
      let both = ClientFrame.History(conversation: "broadcast:b", after: 3, before: 9)
      guard case .error(let error) = try await ann.request(.history(both)) else {
        Issue.record("two bounds were accepted")
        return
      }
      #expect(error.code == .invalidArgument)
    }
  }

  @Test("A retry with the same client message id answers with the first sequence and is delivered once")
  func retry() async throws {
    try await withServer { address, _ in
      let ann = try await RawClient.connect(address, user: "ann")
      let first = try #require(try await ann.publish("once", to: "user:bob", id: "m1").first)
      let again = try #require(try await ann.publish("once", to: "user:bob", id: "m1").first)
      #expect(again.sequence == first.sequence)
      #expect(again.time == first.time)
      #expect(again.duplicate && !first.duplicate)
      _ = try await ann.publish("twice", to: "user:bob", id: "m2")
      #expect(try await ann.message().sequence == 1)
      #expect(try await ann.message().sequence == 2)
    }
  }
}
