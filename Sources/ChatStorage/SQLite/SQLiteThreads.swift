import ChatCore
import Synchronization

/// A store's threads, from their start to their end.
final class SQLiteThreads: Sendable {
  private struct State {
    var lock: FileLock?
    var tables: Handover<SQLiteStore.Recovered>?
    var writer: WorkerThread?
    /// Those that read, and the one that moves the write-ahead log.
    var others: [WorkerThread] = []
    var hasBegunEnding = false
    var hasEnded = false
    var waiting: [@Sendable () -> Void] = []
  }

  private let state: Mutex<State>
  private let writer: SQLiteWriter
  private let readers: SQLiteReaders

  /// - Parameter lock: given up when all has ended.
  init(lock: FileLock, writer: SQLiteWriter, readers: SQLiteReaders) {
    state = Mutex(State(lock: lock))
    self.writer = writer
    self.readers = readers
  }

  /// Starts one thread that writes, one that moves the write-ahead log, and one for each reader.
  func start(
    _ recovered: SQLiteStore.Recovered, _ connections: SQLiteStore.Connections
  ) throws(StoreError) {
    let tables = Handover(recovered)
    let writerThread = try WorkerThread(named: "store-writer") { [writer] in
      writer.run(tables.value.tables, tables.value.committer)
    }
    state.withLock {
      $0.tables = tables
      $0.writer = writerThread
    }
    let database = Handover(connections.checkpoints)
    let checkpoints = try WorkerThread(named: "store-checkpoint") { [writer] in
      writer.checkpointer.run(database.value, failed: writer.countCheckpointFailure)
    }
    state.withLock { $0.others.append(checkpoints) }
    for reader in connections.readers {
      let reader = Handover(reader)
      let readerThread = try WorkerThread(named: "store-reader") { [readers] in readers.run(reader.value) }
      state.withLock { $0.others.append(readerThread) }
    }
  }

  /// Refuses new calls, and returns at once. What waits is still answered.
  ///
  /// - Parameter ended: called once when the threads have ended and the file's lock is given up.
  func end(_ ended: @escaping @Sendable () -> Void = {}) {
    let (isFirst, isOver) = state.withLock { state in
      if state.hasEnded { return (false, true) }
      state.waiting.append(ended)
      defer { state.hasBegunEnding = true }
      return (!state.hasBegunEnding, false)
    }
    if isOver { ended() }
    guard isFirst else { return }
    writer.queue.close()
    do {
      // On a thread of its own, because it blocks.
      try WorkerThread(named: "store-end") { self.finish() }.detach()
    } catch {
      // No thread left for it: better to block here than not to end.
      finish()
    }
  }

  private func finish() {
    let (others, writer) = state.withLock { ($0.others, $0.writer) }
    // The writer first, because it hands queries to the readers.
    writer?.join()
    self.writer.checkpointer.orders.close()
    readers.queue.close()
    for thread in others { thread.join() }
    // The writer's connection closes last: then SQLite moves the write-ahead log into the file. The lock is
    // given up after that.
    var tables = state.withLock { state in
      defer { state.tables = nil }
      return state.tables
    }
    if tables != nil { tables = nil }
    let waiting = state.withLock { state in
      state.lock = nil
      state.hasEnded = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for ended in waiting { ended() }
  }
}

/// Gives a value that is not `Sendable` from the thread that made it to the one that uses it from then on.
private struct Handover<Value>: @unchecked Sendable {  // One thread uses it; others only keep it alive.
  let value: Value

  init(_ value: Value) { self.value = value }
}
