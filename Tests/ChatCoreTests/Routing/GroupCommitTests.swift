import Testing

@testable import ChatCore

@Suite struct GroupCommitTests {
  private static let moment = GroupCommit.gatherTime * 1_000
  private var commit = GroupCommit()

  @Test mutating func `It waits until as many messages have come as were answered`() {
    #expect(!commit.isGathering)
    commit.committed(messages: 10, deliveries: 20, waiting: 20)
    commit.answered()
    commit.flushed(at: 0)
    commit.came(9, at: 1)
    #expect(commit.isGathering)
    commit.came(1, at: 2)
    #expect(!commit.isGathering)
  }

  @Test(arguments: [(100, 28, 100), (100, 29, 1)])
  mutating func `Of many publishers it waits for the first that comes`(
    messages: Int, waiting: Int, missing: Int
  ) {
    commit.committed(messages: messages, deliveries: 0, waiting: waiting)
    commit.answered()
    commit.flushed(at: 0)
    if missing > 1 { commit.came(missing - 1, at: 1) }
    #expect(commit.isGathering)
    commit.came(1, at: 2)
    #expect(!commit.isGathering)
  }

  @Test mutating func `It waits as long as something comes each moment`() {
    commit.committed(messages: 10, deliveries: 0, waiting: 0)
    commit.answered()
    commit.flushed(at: 0)
    for number in 1..<10 {
      // What was read may have taken its time.
      commit.came(1, at: UInt64(number) * 10 * Self.moment - 10 * Self.moment)
      commit.pass()
      #expect(commit.isGathering)
    }
    commit.pass()
    #expect(!commit.isGathering)
  }

  @Test mutating func `The moment begins when the answers are out, however long that takes`() {
    commit.committed(messages: 10, deliveries: 0, waiting: 0)
    commit.answered()
    commit.flushed(at: 10 * Self.moment)
    commit.flushed(at: 20 * Self.moment)
    var late = commit
    commit.came(1, at: 11 * Self.moment - 1)
    #expect(commit.isGathering)
    late.came(1, at: 11 * Self.moment)
    #expect(!late.isGathering)
  }

  @Test(arguments: [(10, 0, 21), (10, 21, 5), (0, 0, 1), (1, 0, 0)])
  mutating func
    `It waits neither for a few, nor for a large audience, nor after a failure, nor for one alone`(
      messages: Int, deliveries: Int, waiting: Int
    )
  {
    commit.committed(messages: messages, deliveries: deliveries, waiting: waiting)
    commit.answered()
    #expect(!commit.isGathering)
  }

  @Test mutating func `All appends of one answer count together`() {
    commit.committed(messages: 10, deliveries: 0, waiting: 0)
    commit.committed(messages: 1, deliveries: 20, waiting: 20)
    commit.answered()
    commit.flushed(at: 0)
    commit.came(10, at: 0)
    #expect(commit.isGathering)
    commit.came(1, at: 0)
    #expect(!commit.isGathering)
  }

  @Test mutating func `What comes before the answers are out is not of them`() {
    commit.committed(messages: 2, deliveries: 0, waiting: 1)
    commit.answered()
    commit.came(2, at: 0)
    #expect(commit.isGathering)
    commit.flushed(at: 0)
    commit.came(2, at: 0)
    #expect(!commit.isGathering)
  }

  @Test mutating func `What did not come of earlier answers is not waited for after later ones`() {
    for _ in 0..<2 {
      commit.committed(messages: 10, deliveries: 0, waiting: 0)
      commit.answered()
      commit.flushed(at: 0)
    }
    commit.came(10, at: 0)
    #expect(!commit.isGathering)
  }

  @Test mutating func `A commit without answers to wait for does not end the wait for others`() {
    commit.committed(messages: 1, deliveries: 0, waiting: 1)
    commit.answered()
    commit.committed(messages: 1, deliveries: 1_000, waiting: 1)
    commit.answered()
    #expect(commit.isGathering)
  }
}
