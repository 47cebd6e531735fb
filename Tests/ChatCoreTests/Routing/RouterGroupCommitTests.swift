import Testing

@testable import ChatCore

/// Docs/decisions/0020-appends-wait-for-those-just-answered.md
@Suite struct RouterGroupCommitTests {
  private let harness = RouterHarness()
  private let room = "broadcast:room"

  /// Ann's message is with the store, and Bob's waits for it.
  private func begin(followers: Int = 0) throws -> (ann: SessionID, bob: SessionID) {
    let ann = try harness.open("ann")
    let bob = try harness.open("bob")
    for number in 0..<followers { _ = try harness.open("user\(number)", following: [room]) }
    harness.holdsWrites = true
    harness.publish("1", to: room, from: ann)
    harness.turn()
    harness.publish("2", to: room, from: bob)
    harness.turn()
    #expect(harness.heldMessages == [1])
    return (ann, bob)
  }

  @Test func `What waits is joined by what those publish who were just answered`() throws {
    let (ann, _) = try begin()
    harness.answerHeld()
    harness.turn()
    // A turn that nothing has come for, as after a write of an encrypted session.
    harness.turn()
    #expect(harness.isGathering)
    #expect(harness.heldMessages == [])
    harness.publish("3", to: room, from: ann)
    harness.turn()
    #expect(!harness.isGathering)
    #expect(harness.heldMessages == [2])
  }

  @Test func `When those who were answered leave, nothing is left to wait for`() throws {
    let (ann, bob) = try begin()
    harness.answerHeld()
    harness.turn()
    harness.passGatherTime()
    harness.turn()
    harness.publish("3", to: room, from: ann)
    harness.turn()
    harness.answerHeld()
    harness.turn()
    harness.passGatherTime()
    harness.turn()
    harness.answerHeld()
    harness.turn()
    for session in [ann, bob] { harness.close(session) }
    harness.turn()
    #expect(harness.isQuiet)
  }

  @Test func `After messages of several publishers were answered at once, the node is quiet`() throws {
    let ann = try harness.open("ann")
    let bob = try harness.open("bob")
    harness.holdsWrites = true
    for session in [ann, bob] { harness.publish("1", to: room, from: session) }
    harness.turn()
    harness.answerHeld()
    harness.turn()
    #expect(harness.isQuiet)
  }

  @Test func `If nothing comes in time, what waits goes alone`() throws {
    _ = try begin()
    harness.answerHeld()
    harness.turn()
    harness.passGatherTime()
    harness.turn()
    #expect(harness.heldMessages == [1])
  }

  @Test func `What waits does not wait for a large audience`() throws {
    _ = try begin(followers: 3)
    harness.answerHeld()
    harness.turn()
    #expect(harness.heldMessages == [1])
  }

  @Test func `Where much more waits than was answered, it goes at once`() throws {
    let (_, bob) = try begin()
    for text in ["3", "4"] { harness.publish(text, to: room, from: bob) }
    harness.turn()
    harness.answerHeld()
    harness.turn()
    #expect(harness.heldMessages == [3])
  }

  @Test func `A publisher alone does not wait because of other conversations`() throws {
    let (ann, bob) = try begin(followers: 3)
    harness.publish("elsewhere", to: "broadcast:other", from: ann)
    harness.turn()
    harness.publish("3", to: room, from: bob)
    harness.answerHeld()
    harness.turn()
    #expect(!harness.isGathering)
    #expect(harness.heldMessages == [2])
  }
}
