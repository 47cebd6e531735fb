import Testing

@testable import ChatCore

@Suite struct GroupCommitTests {
  private var commit = GroupCommit()

  @Test mutating func `What waits for those who were answered waits until something comes of it`() {
    #expect(!commit.isGathering)
    commit.committed(messages: 10, deliveries: 20, waiting: 20)
    commit.answered()
    #expect(commit.isGathering)
    // It came before the answers were out, so it is not of them.
    commit.end()
    #expect(commit.isGathering)
    commit.flushed()
    commit.flushed()
    #expect(commit.isGathering)
    commit.end()
    #expect(!commit.isGathering)
  }

  @Test(arguments: [(10, 0, 0), (10, 0, 21), (10, 21, 5), (0, 0, 1)])
  mutating func `It does not wait for a few, nor for a large audience, nor after a failure`(
    messages: Int, deliveries: Int, waiting: Int
  ) {
    commit.committed(messages: messages, deliveries: deliveries, waiting: waiting)
    commit.answered()
    #expect(!commit.isGathering)
  }

  @Test mutating func `All appends of one answer count together`() {
    commit.committed(messages: 10, deliveries: 0, waiting: 0)
    commit.committed(messages: 1, deliveries: 20, waiting: 20)
    commit.answered()
    #expect(commit.isGathering)
  }

  @Test mutating func `A commit without answers to wait for does not end the wait for others`() {
    commit.committed(messages: 1, deliveries: 0, waiting: 1)
    commit.answered()
    commit.committed(messages: 1, deliveries: 1_000, waiting: 1)
    commit.answered()
    #expect(commit.isGathering)
  }
}
