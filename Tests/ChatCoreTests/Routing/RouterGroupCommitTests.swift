import Testing

@testable import ChatCore

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
    _ = harness.turn()
    harness.publish("2", to: room, from: bob)
    _ = harness.turn()
    #expect(harness.heldMessages == [1])
    return (ann, bob)
  }

  @Test func `What waits is joined by what those publish who were just answered`() throws {
    let (ann, _) = try begin()
    harness.answerHeld()
    #expect(harness.turn() == .soon)
    #expect(harness.heldMessages == [])
    harness.publish("3", to: room, from: ann)
    #expect(harness.turn() == .none)
    #expect(harness.heldMessages == [2])
  }

  @Test func `If nobody publishes again, what waits goes with the next turn`() throws {
    _ = try begin()
    harness.answerHeld()
    #expect(harness.turn() == .soon)
    #expect(!harness.isQuiet)
    #expect(harness.turn() == .none)
    #expect(harness.heldMessages == [1])
  }

  @Test func `What waits does not wait for a large audience`() throws {
    _ = try begin(followers: 3)
    harness.answerHeld()
    #expect(harness.turn() == .none)
    #expect(harness.heldMessages == [1])
  }

  @Test func `Where much more waits than was answered, it goes at once`() throws {
    let (_, bob) = try begin()
    for text in ["3", "4"] { harness.publish(text, to: room, from: bob) }
    _ = harness.turn()
    harness.answerHeld()
    #expect(harness.turn() == .none)
    #expect(harness.heldMessages == [3])
  }
}
