public import ChatCore
import Synchronization

/// A store in one SQLite file, for one broker at a time.
///
/// One thread writes: all that waits when it becomes free is made durable together, by a record in a redo log, and
/// answered then. The tables get it a moment later, with what else comes, and always before a query that follows the
/// answer. Other threads read over connections that cannot write. When the disk is full or fails, writes are refused with
/// the reason, and go on by themselves when they can.
///
/// Beside the file there are a `-redo` file and the `-wal` and `-shm` files of SQLite's while the store is open and after a
/// crash, and a `.lock` file.
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

    let recovered = try Recovered(path: path, options: options, checkpointer: writer.checkpointer)
    epoch = recovered.epoch
    let connections = try Connections(path: path, epoch: epoch, options: options)

    threads = SQLiteThreads(lock: lock, writer: writer, readers: readers)
    do {
      try threads.start(recovered, connections)
    } catch {
      threads.end()
      throw error
    }
  }

  deinit { threads.end() }

  /// Hands over writes, which are made durable with what else waits.
  ///
  /// With more than ``Options/writesWaiting`` waiting, they are refused with ``StoreError/Code/busy``.
  public func write(
    _ writes: [StoreWrite],
    answer: @escaping @Sendable (Result<[StoreOutcome], StoreError>) -> Void
  ) {
    let call = SQLiteWriter.Call.write(SQLiteWriter.Write(writes: writes, answer: answer))
    switch writer.queue.offer(call, weight: max(1, writes.count)) {
    case .taken: break
    case .full: answer(.failure(.tooMuch("writes", of: path, limit: "writesWaiting")))
    case .closed: answer(.failure(.closed(path)))
    }
  }

  /// Hands over queries for the next reader that is free. They see all writes that were answered before.
  ///
  /// With more than ``Options/queriesWaiting`` waiting, they are refused with ``StoreError/Code/busy``.
  public func read(
    _ queries: [StoreQuery],
    answer: @escaping @Sendable ([Result<StoreAnswer, StoreError>]) -> Void
  ) {
    let call = SQLiteReaders.Call(queries: queries, answer: answer)
    guard writer.hasUnsettled, queries.contains(where: \.readsTables) else { return readers.offer(call) }
    let settle = SQLiteWriter.Call.settle { [readers] failure in
      if let failure { call.fail(failure) } else { readers.offer(call) }
    }
    switch writer.queue.offer(settle, weight: 1) {
    case .taken: break
    case .full: call.fail(.tooMuch("writes", of: path, limit: "writesWaiting"))
    case .closed: call.fail(.closed(path))
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
}
