import Testing

@testable import ChatCore

/// How many conversations a session follows, and how they share what it may read of the store.
@Suite struct RouterFollowTests {
  private func limits(_ change: (inout Limits) -> Void) -> Limits {
    var limits = Limits()
    change(&limits)
    return limits
  }

  private func errors(_ harness: RouterHarness, _ session: SessionID) throws -> [ChatError] {
    try harness.frames(session).compactMap { if case .error(let error) = $0 { error } else { nil } }
  }

  private func conversations(_ harness: RouterHarness, _ session: SessionID) -> Int? {
    harness.router.sessionState(session)?.conversations
  }

  /// What a session gets of messages in some turns, by conversation.
  private func received(_ harness: RouterHarness, _ session: SessionID) throws -> [String: [UInt64]] {
    var received: [String: [UInt64]] = [:]
    for _ in 0..<5 {
      harness.settle()
      harness.flush()
      for case .message(let message) in try harness.frames(session) {
        received[message.conversation, default: []].append(message.sequence)
      }
    }
    return received
  }

  // MARK: Pages

  /// Bob, who may read one page at a time and takes nothing, lies behind in three broadcasts that are in the store only.
  private func lagging() throws -> (harness: RouterHarness, bob: SessionID) {
    let names = ["broadcast:a", "broadcast:b", "broadcast:c"]
    let harness = RouterHarness(limits: limits { $0.pagesPerSession = 1 })
    let ann = try harness.open("ann")
    let bob = try harness.open("bob", following: names)
    for name in names {
      for text in ["1", "2"] { harness.publish(text, to: name, from: ann) }
    }
    harness.tick()
    harness.shedWindows()
    for name in names {
      harness.receive(.subscribe(.init(conversation: name, after: Position(conversation: ""))), from: bob)
    }
    harness.settle()
    harness.flush(blocking: bob, after: 0)
    harness.settle()
    return (harness, bob)
  }

  @Test func `A conversation that waits for a page goes on when the one before it is left`() throws {
    let (harness, bob) = try lagging()
    harness.writable(bob)
    harness.flush(blocking: bob, after: 0)
    harness.receive(.unsubscribe(conversation: "broadcast:b"), from: bob)
    harness.writable(bob)
    let received = try received(harness, bob)
    #expect(received["broadcast:c"] == [1, 2])
  }

  @Test func `A conversation that waits for a page goes on when the one before it is moved to the end`()
    throws
  {
    let (harness, bob) = try lagging()
    harness.writable(bob)
    harness.flush(blocking: bob, after: 0)
    harness.receive(.subscribe(.init(conversation: "broadcast:b")), from: bob)
    harness.writable(bob)
    let received = try received(harness, bob)
    #expect(received["broadcast:c"] == [1, 2])
  }

  @Test func `A page that nobody wants any more counts until it is here`() throws {
    let harness = RouterHarness(limits: limits { $0.pagesPerSession = 1 })
    let ann = try harness.open("ann")
    let bob = try harness.open("bob", following: ["broadcast:a"])
    harness.publish("1", to: "broadcast:a", from: ann)
    harness.tick()
    harness.shedWindows()
    var reads: [StoreRead] = []
    for _ in 0..<10 {
      harness.receive(
        .subscribe(.init(conversation: "broadcast:a", after: Position(conversation: ""))), from: bob)
      harness.flush()
      for case .read(let asked) in harness.router.settle() { reads += asked }
    }
    #expect(reads.count == 1)
    for read in reads { harness.answer(read) }
    let received = try received(harness, bob)
    #expect(received["broadcast:a"] == [1])
  }

  // MARK: Limits

  @Test func `Who has more conversations than a session may follow is told so`() throws {
    let harness = RouterHarness(limits: limits { $0.conversationsPerSession = 2 })
    for (number, name) in ["group:a", "group:b", "group:c"].enumerated() {
      try harness.serve(UInt64(number + 1), .join(conversation: name), for: "ann")
    }
    let ann = try harness.open("ann")
    #expect(conversations(harness, ann) == 2)
    // Of the group, and of everyone's broadcast.
    #expect(harness.router.limitsHit["conversations_per_session"] == 2)
    // It was told when it connected; now it asks for the one that is left out.
    let refused = try ["group:a", "group:b", "group:c"].filter { name in
      harness.publish("hello", to: name, from: ann)
      harness.tick()
      return try errors(harness, ann).contains { $0.message.hasPrefix("conversations_per_session is 2") }
    }
    #expect(refused == ["group:a"], "the one that was written to the longest ago")
  }

  @Test func `Without more conversations than it may follow a session is told what it is no member of`()
    throws
  {
    let harness = RouterHarness(limits: limits { $0.conversationsPerSession = 2 })
    for (number, name) in ["group:a", "group:b"].enumerated() {
      try harness.serve(UInt64(number + 1), .join(conversation: name), for: "ann")
    }
    let ann = try harness.open("ann")
    #expect(conversations(harness, ann) == 2)
    harness.publish("hello", to: "group:c", from: ann)
    harness.tick()
    #expect(try errors(harness, ann).map(\.code) == [.notMember])
  }

  @Test func `A Join that another conversation has taken the room from is refused`() throws {
    let harness = RouterHarness(limits: limits { $0.conversationsPerSession = 2 })
    let ann = try harness.open("ann")
    harness.receive(.join(conversation: "group:a"), from: ann)
    harness.receive(.subscribe(.init(conversation: "broadcast:b")), from: ann)
    harness.tick()
    #expect(try errors(harness, ann).map(\.code) == [.limitExceeded])
    #expect(conversations(harness, ann) == 2)
    harness.publish("hello", to: "group:a", from: ann)
    harness.tick()
    #expect(try errors(harness, ann).isEmpty, "the group came first")
  }

  @Test func `What is not stored stays the same log for who subscribes again`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    for _ in 0..<2 {
      harness.receive(.subscribe(.init(conversation: "broadcast:live/a")), from: ann)
      harness.receive(.unsubscribe(conversation: "broadcast:live/a"), from: ann)
    }
    harness.receive(.subscribe(.init(conversation: "broadcast:live/a")), from: ann)
    harness.tick()
    let told = try harness.frames(ann).compactMap {
      if case .subscribed(let state) = $0 { state.epoch } else { nil }
    }
    harness.receive(.subscribe(.init(conversation: "broadcast:live/a")), from: ann)
    harness.tick()
    let now = try harness.frames(ann).compactMap {
      if case .subscribed(let state) = $0 { state.epoch } else { nil }
    }
    #expect(told == now)
  }

  @Test
  func `A conversation that is new to a session that follows as many as it may is told, and not followed`()
    throws
  {
    let harness = RouterHarness(limits: limits { $0.conversationsPerSession = 2 })
    let ann = try harness.open("ann", following: ["broadcast:a"])
    #expect(conversations(harness, ann) == 2)
    let bob = try harness.open("bob")
    harness.publish("hello", to: "user:ann", from: bob)
    harness.settle()
    harness.flush()
    let errors = try errors(harness, ann)
    #expect(errors.map(\.code) == [.limitExceeded])
    #expect(errors.first?.message.contains("direct:ann:bob") == true)
    #expect(conversations(harness, ann) == 2)
  }

  @Test func `Subscribes that wait are bounded`() throws {
    let harness = RouterHarness(limits: limits { $0.subscribesInFlight = 2 })
    let ann = try harness.open("ann")
    for name in ["broadcast:a", "broadcast:b", "broadcast:c"] {
      harness.receive(.subscribe(.init(conversation: name)), from: ann)
      harness.receive(.unsubscribe(conversation: name), from: ann)
    }
    harness.tick()
    #expect(try errors(harness, ann).count { $0.message.hasPrefix("subscribes_in_flight is 2") } == 1)
    // They have been answered.
    harness.receive(.subscribe(.init(conversation: "broadcast:c")), from: ann)
    harness.tick()
    #expect(try errors(harness, ann).isEmpty)
    #expect(conversations(harness, ann) == 2)
  }

  @Test func `Subscribes to one conversation that wait are bounded`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    for _ in 0..<100 { harness.receive(.subscribe(.init(conversation: "broadcast:a")), from: ann) }
    harness.tick()
    let subscribed = try harness.frames(ann).count { if case .subscribed = $0 { true } else { false } }
    #expect(subscribed == Cursor.announcementsMost)
    #expect(try errors(harness, ann).count { $0.code == .outOfOrder } == 100 - Cursor.announcementsMost)
  }

  @Test func `What was only looked at is forgotten`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let before = harness.router.conversations.count
    for number in 0..<10 {
      harness.receive(.subscribe(.init(conversation: "broadcast:\(number)")), from: ann)
      harness.tick()
      harness.receive(.unsubscribe(conversation: "broadcast:\(number)"), from: ann)
      harness.tick()
    }
    #expect(harness.router.conversations.count == before)
  }

  @Test func `What other loops publish to takes no more conversations than a loop may have`() throws {
    // Loop 0 owns what it is sent here.
    let harness = RouterHarness(loops: 2, limits: limits { $0.conversationsPerLoop = 1 })
    var names = (0..<20).map { "broadcast:live/\($0)" }
    names = try names.filter { harness.router.owner(of: try ConversationID($0)) == 0 }
    for name in names.prefix(3) {
      let batch = PublishBatch(loop: 1)
      var publish = ClientFrame.Publish()
      publish.body = Payload([1])
      var codec = FrameCodec(decodingBytes: 0)
      _ = batch.contents.add(
        PublishOrigin(session: .service, publish: 1, index: 0),
        by: PublishBatch.Author(sender: try UserID("ann"), clientMessageID: ""), at: 1
      ) { buffer in
        codec.encodeDelivery(conversation: name, sender: "ann", publish: publish, into: &buffer)
      }
      harness.deliver([.publish(batch, to: try ConversationID(name))])
    }
    let receipts = harness.settle().flatMap { message -> [PublishReceipt] in
      if case .receipts(let receipts) = message { receipts } else { [] }
    }
    let refused = receipts.count {
      if case .failure(let error) = $0.result { error.limit == "conversations_per_loop" } else { false }
    }
    #expect(receipts.count == 3)
    #expect(refused == 2)
    #expect(harness.router.limitsHit["conversations_per_loop"] == 2)
  }
}
