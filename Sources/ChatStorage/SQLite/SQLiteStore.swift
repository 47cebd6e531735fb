public import ChatCore
import Synchronization

/// A store in one SQLite file, for one broker at a time.
///
/// One thread writes: every write that waits when it becomes free goes into one transaction, whose commit
/// is on stable storage before it is answered. Other threads read over connections that cannot write. When
/// the disk is full or fails, writes are refused with the reason, and go on by themselves when they can.
///
/// Beside the file there are `-wal` and `-shm` files of SQLite's while the store is open, and a `.lock` file.
public final class SQLiteStore: MessageStore {
  /// The file.
  public let path: String
  /// The identity of the logs made here, chosen when the file was made.
  public let epoch: UInt64
  private let writer: SQLiteWriter
  private let readers: SQLiteReaders
  private let threads: SQLiteThreads

  /// Opens the file or makes it, brings it to this version's schema and starts the threads. Blocks meanwhile.
  ///
  /// The directory must exist.
  ///
  /// - Throws: What is wrong with the file, and what to do about it.
  public init(path: String, options: Options = Options()) throws(StoreError) {
    self.path = path
    let lock = try FileLock(store: path)
    let writer = SQLiteWriter(path: path, options: options)
    let readers = SQLiteReaders(path: path, options: options)
    self.writer = writer
    self.readers = readers

    let setup: (epoch: UInt64, tables: LogTables, checkpoints: Database, readers: [LogReader])
    setup = try Self.open(path: path, options: options)
    epoch = setup.epoch

    threads = SQLiteThreads(lock: lock, writer: writer, readers: readers)
    do {
      try threads.start(setup.tables, checkpoints: setup.checkpoints, setup.readers)
    } catch {
      threads.end()
      throw error
    }
  }

  deinit { threads.end() }

  /// Hands over writes for the next transaction.
  ///
  /// With more than ``Options/writesWaiting`` waiting, they are refused with ``StoreError/Code/busy``.
  public func write(
    _ writes: [StoreWrite],
    answer: @escaping @Sendable (Result<[StoreOutcome], StoreError>) -> Void
  ) {
    switch writer.queue.offer(SQLiteWriter.Call(writes: writes, answer: answer), weight: max(1, writes.count))
    {
    case .taken: break
    case .full: answer(.failure(tooMuch("writes", limit: "writesWaiting")))
    case .closed: answer(.failure(closed))
    }
  }

  /// Hands over queries for the next reader that is free.
  ///
  /// With more than ``Options/queriesWaiting`` waiting, they are refused with ``StoreError/Code/busy``.
  public func read(
    _ queries: [StoreQuery],
    answer: @escaping @Sendable ([Result<StoreAnswer, StoreError>]) -> Void
  ) {
    let call = SQLiteReaders.Call(queries: queries, answer: answer)
    switch readers.queue.offer(call, weight: max(1, queries.count)) {
    case .taken: break
    case .full: answer(queries.map { _ in .failure(tooMuch("queries", limit: "queriesWaiting")) })
    case .closed: answer(queries.map { _ in .failure(closed) })
    }
  }

  /// Answers all that waits, ends the threads, and gives up the file and its lock.
  public func close() async {
    await withCheckedContinuation { continuation in
      threads.end { continuation.resume() }
    }
  }

  /// What the store has done so far.
  public var statistics: Statistics {
    var statistics = writer.statistics.withLock { $0 }
    statistics.writesWaiting = writer.queue.waiting
    statistics.queriesWaiting = readers.queue.waiting
    return statistics
  }

  /// What metrics show of ``statistics-swift.property``.
  public var report: StoreReport {
    var report = StoreReport()
    report.batches = writer.statistics.withLock { $0.batches }
    return report
  }

  private var closed: StoreError {
    StoreError(.closed, "the store \(path) was closed: hand over writes and queries before closing it")
  }

  private func tooMuch(_ what: String, limit: String) -> StoreError {
    StoreError(
      .busy,
      "too many \(what) wait for \(path): try again later; the limit is \(limit), and the disk may be slow")
  }

  private static func open(
    path: String, options: Options
  ) throws(StoreError) -> (epoch: UInt64, tables: LogTables, checkpoints: Database, readers: [LogReader]) {
    do {
      let database = try Database(path: path, access: .readWrite)
      database.setBusyTimeout(milliseconds: options.lockTimeout)
      let epoch = try Schema.prepare(database, path: path, checkedBytes: options.checkedBytes)
      try database.execute(
        """
        PRAGMA cache_size = -\(max(1, options.pageCacheBytes / 1024));
        PRAGMA journal_size_limit = \(max(0, min(2 * options.journalBytes, options.journalBytesMost)))
        """)
      database.takeOverCheckpoints()
      let tables = try LogTables(
        database: database, epoch: epoch, options: options)
      let checkpoints = try Database(path: path, access: .readWrite)
      checkpoints.setBusyTimeout(milliseconds: options.lockTimeout)
      var readers: [LogReader] = []
      for _ in 0..<max(1, options.readers) {
        let database = try Database(path: path, access: .readOnly)
        database.setBusyTimeout(milliseconds: options.lockTimeout)
        try database.execute(
          """
          PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;
          PRAGMA cache_size = -\(max(1, options.pageCacheBytes / 1024))
          """)
        readers.append(try LogReader(database: database, path: path, epoch: epoch))
      }
      return (epoch, tables, checkpoints, readers)
    } catch let failure as SQLiteFailure {
      throw failure.storeError(path: path)
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.io, "cannot open \(path): \(error)")
    }
  }
}
