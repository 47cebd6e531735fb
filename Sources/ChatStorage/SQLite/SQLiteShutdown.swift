import ChatCore
import Synchronization

/// Ends a store's threads in order, on a thread of its own, because that blocks.
final class SQLiteShutdown: Sendable {
  private struct State {
    var lock: FileLock?
    var writer: WorkerThread?
    var readers: [WorkerThread] = []
    var hasBegun = false
    var hasEnded = false
    var waiting: [@Sendable () -> Void] = []
  }

  private let state: Mutex<State>
  private let writer: SQLiteWriter
  private let readers: SQLiteReaders

  init(lock: FileLock, writer: SQLiteWriter, readers: SQLiteReaders) {
    state = Mutex(State(lock: lock))
    self.writer = writer
    self.readers = readers
  }

  func startWriter(_ body: @escaping @Sendable () -> Void) throws(StoreError) {
    let thread = try WorkerThread(running: body)
    state.withLock { $0.writer = thread }
  }

  func startReader(_ body: @escaping @Sendable () -> Void) throws(StoreError) {
    let thread = try WorkerThread(running: body)
    state.withLock { $0.readers.append(thread) }
  }

  /// Refuses new calls, and returns at once. What waits is still answered.
  ///
  /// - Parameter ended: called once when the threads have ended and the file's lock is given up.
  func begin(_ ended: @escaping @Sendable () -> Void = {}) {
    let (isFirst, isOver) = state.withLock { state in
      if state.hasEnded { return (false, true) }
      state.waiting.append(ended)
      defer { state.hasBegun = true }
      return (!state.hasBegun, false)
    }
    if isOver { ended() }
    guard isFirst else { return }
    writer.queue.close()
    readers.queue.close()
    do {
      try WorkerThread { self.end() }.detach()
    } catch {
      // No thread left for it: better to block here than not to end.
      end()
    }
  }

  private func end() {
    let (readers, writer) = state.withLock { ($0.readers, $0.writer) }
    // The writer's connection closes last: then SQLite moves the write-ahead log into the file.
    for reader in readers { reader.join() }
    writer?.join()
    let waiting = state.withLock { state in
      state.lock = nil
      state.hasEnded = true
      defer { state.waiting = [] }
      return state.waiting
    }
    for ended in waiting { ended() }
  }
}
