import Testing

@testable import ChatCore

@Suite struct RouterMarksTests {
  private func marks(_ harness: RouterHarness, _ session: SessionID) throws -> [Marks] {
    try harness.frames(session).compactMap { if case .event(.marks(let marks)) = $0 { marks } else { nil } }
  }

  /// Ann writes to bob, and both have got it.
  private func introduce(_ harness: RouterHarness, _ ann: SessionID, messages: Int = 1) {
    for number in 1...messages { harness.publish("\(number)", to: "user:bob", from: ann) }
    // The first one makes the conversation, the next tick opens cursors on it.
    for _ in 1...4 { harness.tick() }
  }

  @Test("A place in another log moves no mark")
  func otherLog() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let bob = try harness.open("bob")
    introduce(harness, ann)
    harness.receive(.markRead([Position(conversation: "user:ann", epoch: 99, sequence: 1)]), from: bob)
    pass(harness)
    #expect(try marks(harness, ann).isEmpty)
    harness.receive(.markRead([Position(conversation: "user:ann", epoch: 1, sequence: 1)]), from: bob)
    pass(harness)
    #expect(try marks(harness, ann).map(\.read) == [1])
  }

  private func pass(_ harness: RouterHarness) {
    harness.advance(milliseconds: Limits().markInterval)
    harness.settle()
    harness.flush()
  }

  @Test(
    "What a user's device has received and what the user has read is told to the others, after it is stored")
  func told() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let bob = try harness.open("bob")
    introduce(harness, ann)
    let place = Position(conversation: "user:ann", epoch: 0, sequence: 1)
    harness.receive(.acknowledge([place]), from: bob)
    pass(harness)
    var expected = Marks(conversation: "direct:ann:bob", user: "bob")
    expected.delivered = 1
    #expect(try marks(harness, ann) == [expected])
    // Another device of the same user may want to know.
    #expect(try marks(harness, bob) == [expected])
    harness.receive(.markRead([place]), from: bob)
    pass(harness)
    expected.read = 1
    #expect(try marks(harness, ann) == [expected])
  }

  @Test("Nothing counts as read that was not sent, and no mark goes back")
  func truth() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let bob = try harness.open("bob")
    introduce(harness, ann, messages: 2)
    harness.receive(.markRead([Position(conversation: "user:ann", epoch: 0, sequence: 99)]), from: bob)
    harness.receive(.markRead([Position(conversation: "user:ann", epoch: 0, sequence: 1)]), from: bob)
    harness.receive(.acknowledge([Position(conversation: "user:ann", epoch: 0, sequence: 1)]), from: bob)
    pass(harness)
    let told = try #require(try marks(harness, ann).first)
    #expect(told.delivered == 2 && told.read == 2)
  }

  @Test("Marks that do not move, and those of who has left, are not told")
  func notTold() throws {
    let harness = RouterHarness()
    let users = try ["ann", "bob"].map { try harness.open($0) }
    for user in users { harness.receive(.join(conversation: "group:g"), from: user) }
    for _ in 1...4 { harness.tick() }
    harness.publish("1", to: "group:g", from: users[0])
    for _ in 1...4 { harness.tick() }
    let place = Position(conversation: "group:g", epoch: 0, sequence: 1)
    harness.receive(.acknowledge([place]), from: users[1])
    pass(harness)
    #expect(try marks(harness, users[0]).count == 1)
    harness.receive(.acknowledge([place]), from: users[1])
    pass(harness)
    #expect(try marks(harness, users[0]).isEmpty)
    harness.receive(.markRead([place]), from: users[1])
    harness.receive(.leave(conversation: "group:g"), from: users[1])
    harness.tick()
    pass(harness)
    #expect(try marks(harness, users[0]).isEmpty)
  }

  @Test("Who is typing is told to the others, and not more often than once in a while")
  func typing() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let bob = try harness.open("bob", .json)
    introduce(harness, ann)
    harness.receive(.typing(conversation: "user:bob"), from: ann)
    harness.receive(.typing(conversation: "user:bob"), from: ann)
    harness.settle()
    harness.flush()
    #expect(try harness.frames(bob) == [.event(.typing(conversation: "direct:ann:bob", user: "ann"))])
    #expect(try harness.frames(ann).isEmpty)
    harness.advance(milliseconds: Limits().typingInterval)
    harness.receive(.typing(conversation: "user:bob"), from: ann)
    harness.settle()
    harness.flush()
    #expect(try harness.frames(bob).count == 1)
  }

  @Test("In a large group nobody is told of marks and typing")
  func largeGroup() throws {
    var limits = Limits()
    limits.eventMembers = 2
    let harness = RouterHarness(limits: limits)
    let users = try ["ann", "bob", "eve"].map { try harness.open($0) }
    for user in users { harness.receive(.join(conversation: "group:g"), from: user) }
    for _ in 1...4 { harness.tick() }
    harness.receive(.typing(conversation: "group:g"), from: users[0])
    harness.settle()
    harness.flush()
    #expect(try harness.frames(users[1]).isEmpty)
  }

  @Test("Typing in a broadcast, or where one is no member, is refused")
  func refused() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann", following: ["broadcast:live/a"])
    for (name, code) in [("broadcast:live/a", ErrorCode.invalidArgument), ("group:g", .notMember)] {
      harness.receive(.typing(conversation: name), from: ann)
      harness.settle()
      harness.flush()
      guard case .error(let error) = try harness.frames(ann).last else {
        Issue.record("\(name) accepted")
        continue
      }
      #expect(error.code == code)
    }
  }
}
