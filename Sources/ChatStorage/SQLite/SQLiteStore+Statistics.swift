public import ChatCore

extension SQLiteStore {
  /// What a store has done since it was opened.
  public struct Statistics: Sendable, Hashable {
    /// Groups of writes that the writer has made durable together.
    public var commits: UInt64 = 0
    /// Groups and transactions that failed and were rolled back.
    public var failures: UInt64 = 0
    /// Transactions that the tables got, each with at least one group.
    public var transactions: UInt64 = 0
    /// Attempts to move the write-ahead log into the file that failed.
    public var checkpointFailures: UInt64 = 0
    /// Attempts to index recent runs that failed.
    public var indexFailures: UInt64 = 0
    /// Writes committed.
    public var writes: UInt64 = 0
    /// Messages stored.
    public var messages: UInt64 = 0
    /// Messages in each group that stored some.
    public var batches = CountHistogram()
    /// Messages that were in a log already.
    public var duplicates: UInt64 = 0
    /// How long the last group took until it was durable, in milliseconds.
    public var lastCommitMilliseconds: Double = 0
    /// Writes that wait for the writer now.
    public var writesWaiting = 0
    /// Queries that wait for a reader now.
    public var queriesWaiting = 0
  }
}
