import Testing

@testable import ChatCore

/// A session keeps where it published to twice in a row.
struct PublishTargetTests {
  private func receipts(_ frames: [ServerFrame.Body]) -> [Receipt] {
    frames.flatMap { frame in
      guard case .published(let receipts) = frame else { return [Receipt]() }
      return receipts
    }
  }

  private func sequences(_ frames: [ServerFrame.Body]) -> [UInt64] { receipts(frames).map(\.sequence) }

  @Test func `a publish to a conversation that was forgotten meanwhile finds the one that is there now`()
    throws
  {
    var limits = Limits()
    limits.windowIdleTime = 1_000
    let harness = RouterHarness(limits: limits)
    let ann = try harness.open("ann")
    for _ in 1...2 { harness.publish("1", to: "broadcast:b", from: ann) }
    harness.tick()
    #expect(harness.router.session(ann)?.lastTarget?.conversation.id.name == "broadcast:b")
    _ = try harness.frames(ann)
    let known = harness.router.conversations.count
    // Twice as long, because what is not used is looked for from time to time.
    for _ in 0..<2 { harness.advance(milliseconds: limits.windowIdleTime) }
    #expect(harness.router.conversations.count == known - 1)
    let bob = try harness.open("bob", following: ["broadcast:b"])
    _ = try harness.frames(bob)
    harness.publish("2", to: "broadcast:b", from: ann)
    harness.tick()
    #expect(sequences(try harness.frames(ann)) == [3])
    #expect(try harness.messages(bob) == [3])
  }

  @Test func `where a session publishes is kept after two in a row, until it publishes elsewhere`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    var kept: [String?] = []
    for address in ["user:bob", "user:bob", "direct:ann:bob", "user:cyd", "user:bob", "user:bob"] {
      harness.publish("hello", to: address, from: ann)
      kept.append(harness.router.session(ann)?.lastTarget?.address)
    }
    #expect(kept == [nil, "user:bob", "user:bob", nil, nil, "user:bob"])
  }

  @Test func `the same address means the same conversation, and another one another`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    var conversations: [Receipt] = []
    for address in [
      "user:bob", "user:bob", "user:bob", "user:cyd", "direct:ann:bob", "user:bob", "user:ann", "user:ann",
      "user:bob",
    ] {
      harness.publish("hello", to: address, from: ann)
      harness.tick()
      conversations += receipts(try harness.frames(ann))
    }
    #expect(
      conversations.map(\.conversation) == [
        "direct:ann:bob", "direct:ann:bob", "direct:ann:bob", "direct:ann:cyd", "direct:ann:bob",
        "direct:ann:bob",
        "direct:ann:ann", "direct:ann:ann", "direct:ann:bob",
      ])
    #expect(
      conversations.map(\.to)
        == [
          "user:bob", "user:bob", "user:bob", "user:cyd", "direct:ann:bob", "user:bob", "user:ann",
          "user:ann",
          "user:bob",
        ])
    #expect(conversations.map(\.sequence) == [1, 2, 3, 1, 4, 5, 1, 2, 6])
  }

  @Test func `a loop that has as many conversations as it may goes on with them, by whatever address`() throws
  {
    var limits = Limits()
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    harness.publish("1", to: "direct:ann:bob", from: ann)
    harness.tick()
    limits.conversationsPerLoop = harness.router.conversations.count
    harness.apply(limits)
    harness.publish("2", to: "user:bob", from: ann)
    harness.tick()
    #expect(sequences(try harness.frames(ann)) == [2])
    harness.publish("1", to: "user:cyd", from: ann)
    harness.tick()
    guard case .error(let error)? = try harness.frames(ann).last else {
      Issue.record("a loop has more conversations than it may")
      return
    }
    #expect(error.message.hasPrefix("conversations_per_loop is "))
  }

  @Test func `an address means another conversation for each user of the service`() throws {
    let harness = RouterHarness()
    var publish = ClientFrame.Publish()
    publish.to = ["user:cyd"]
    for (number, user) in [(1, "ann"), (2, "bob")] as [(UInt64, String)] {
      try harness.serve(number, .publish(publish), for: user)
      #expect(sequences([try #require(harness.answers[number])]) == [1])
    }
  }

  @Test func `a right that is gone is missed also where the session published before`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    harness.receive(.join(conversation: "group:g"), from: ann)
    harness.tick()
    for _ in 1...2 { harness.publish("1", to: "group:g", from: ann) }
    harness.tick()
    harness.receive(.leave(conversation: "group:g"), from: ann)
    harness.tick()
    _ = try harness.frames(ann)
    harness.publish("2", to: "group:g", from: ann)
    harness.tick()
    guard case .error(let error)? = try harness.frames(ann).last else {
      Issue.record("a user who has left has published")
      return
    }
    #expect(error.code == .notMember)
  }
}
