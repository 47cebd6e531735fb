extension SQLiteStore {
  /// The bounds of a store, each with a name and a default.
  public struct Options: Sendable, Hashable {
    /// Threads that read, each with a connection of its own. At least 1.
    public var readers = 2
    /// A transaction takes waiting calls until they hold this many writes.
    public var writesPerTransaction = 4096
    /// Writes that wait for the writer before further ones are refused.
    public var writesWaiting = 65_536
    /// Queries that wait for a reader before further ones are refused.
    public var queriesWaiting = 16_384
    /// Conversations that the writer keeps in memory, at about 200 bytes each.
    public var conversationsCached = 65_536
    /// Messages that one append stores together take this many bytes at most, unless one is longer.
    public var runBytes = 64 * 1024
    /// Runs that a small index holds before they go to the large one, many at once.
    public var recentRuns = 4096
    /// Pages of the file that each connection keeps in memory, in bytes.
    public var pageCacheBytes = 8 * 1024 * 1024
    /// A write-ahead log of this many bytes is moved into the file after a commit. A larger one writes pages
    /// that change often fewer times to the file.
    public var journalBytes = 16 * 1024 * 1024
    /// For a write-ahead log of this many bytes, which readers have kept from starting anew, the writer waits
    /// until they have let it go, at most ``lockTimeout``.
    public var journalBytesMost = 64 * 1024 * 1024
    /// Bytes of the redo log, by which writes are durable before the tables have them. 0: each transaction is made durable
    /// by itself.
    public var redoBytes = 16 * 1024 * 1024
    /// The tables get writes this long after they were made durable, in milliseconds, or before the next query.
    public var settlesAfter = 50
    /// They get them sooner when messages of this many bytes wait.
    public var unsettledBytes = 1024 * 1024
    /// When they could not get them, they get them after this time, in milliseconds, or with the next write.
    public var settlesAgainAfter = 1_000
    /// With fewer free bytes on the disk each transaction is made durable by itself, so that the tables need not grow after
    /// an answer.
    public var roomToSettle = 64 * 1024 * 1024
    /// After the redo log could not be written, so many transactions are made durable by themselves.
    public var groupsPastRedoLog = 1_000
    /// How long a transaction waits for another program that holds a lock on the file, in milliseconds.
    public var lockTimeout = 2_000
    /// A file up to this many bytes is checked for damage as a whole when it is opened.
    public var checkedBytes = 16 * 1024 * 1024

    /// The defaults.
    public init() {}
  }
}
