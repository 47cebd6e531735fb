import Synchronization

/// Moves the write-ahead log into the file, on a thread of its own, so that commits go on meanwhile.
///
/// What is committed during that time stays behind. The writer moves this rest, which is small, between two commits: the log
/// starts anew only when nothing is left in it.
///
/// It also syncs the log, so that the redo log can be written over.
final class Checkpointer: Sendable {
  private enum Phase {
    case idle
    case moving
    /// The rest is left.
    case moved
  }

  /// Wakes the thread: one order says all.
  let orders = WorkQueue<Void>(capacity: 1)
  private let phase = Mutex(Phase.idle)
  private let wanted = Atomic<UInt64>(0)
  private let synced = Atomic<UInt64>(0)
  private let suspect = Atomic(false)

  // MARK: Moving

  /// Says what to do about the log as a commit has left it. Called by the writer.
  ///
  /// - Returns: Whether the caller is to move the rest.
  func committed(logIsLong: Bool) -> Bool {
    let (wantsMove, isRest) = phase.withLock { phase in
      switch (phase, logIsLong) {
      case (.idle, true):
        phase = .moving
        return (true, false)
      case (.moved, _):
        phase = .idle
        return (false, logIsLong)
      case (.idle, false), (.moving, _): return (false, false)
      }
    }
    if wantsMove { _ = orders.offer((), weight: 1) }
    return isRest
  }

  // MARK: Syncing

  /// Groups up to this number are in the tables on stable storage.
  var syncedThrough: UInt64 { synced.load(ordering: .acquiring) }

  /// Notes that the groups up to this number are in the tables on stable storage.
  func isSynced(through number: UInt64) {
    // A sync that came after a failed one proves nothing.
    if !logIsSuspect { synced.max(number, ordering: .acquiringAndReleasing) }
  }

  /// Wants the groups up to this number, which are in the tables, on stable storage.
  func sync(through number: UInt64) {
    wanted.store(number, ordering: .releasing)
    _ = orders.offer((), weight: 1)
  }

  /// A sync of the log or of the file has failed. The system may have forgotten what was to be written, and tells no other
  /// sync of it: none proves anything any more, and what is in the log must not get into the file.
  var logIsSuspect: Bool { suspect.load(ordering: .acquiring) }

  /// Looks whether a failure was one of a sync.
  func failed(_ failure: SQLiteFailure) {
    if failure.isOfSync { suspect.store(true, ordering: .releasing) }
  }

  // MARK: Thread

  /// Works until ``orders`` is closed and empty.
  ///
  /// - Parameters:
  ///   - database: a connection of this thread's own.
  ///   - failed: the log stays as it is, and the next commit tries again.
  func run(_ database: Database, failed: () -> Void) {
    while orders.take(weight: 1) != nil {
      if wanted.load(ordering: .acquiring) > syncedThrough { sync(database, failed) }
      if phase.withLock({ $0 == .moving }) && !logIsSuspect { move(database, failed) }
    }
    if logIsSuspect { database.keepJournal() }
  }

  private func sync(_ database: Database, _ failed: () -> Void) {
    let number = wanted.load(ordering: .acquiring)
    do throws(SQLiteFailure) {
      try database.syncJournal()
      isSynced(through: number)
    } catch {
      self.failed(error)
      failed()
    }
  }

  private func move(_ database: Database, _ failed: () -> Void) {
    do throws(SQLiteFailure) {
      try database.checkpoint(waiting: false)
      // SQLite does so only when nothing is left. Then the writer would sync all of it with the rest, and nobody be answered.
      try database.syncFile()
      phase.withLock { $0 = .moved }
    } catch {
      self.failed(error)
      // Where it is locked, the writer moves the log itself, because it is too long.
      if error.kind != .locked { failed() }
      phase.withLock { $0 = .idle }
    }
  }
}
