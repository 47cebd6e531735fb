import Synchronization

/// Moves the write-ahead log into the file, on a thread of its own, so that commits go on meanwhile.
///
/// What is committed during that time stays behind. The writer moves this rest, which is small, between two commits: the log
/// starts anew only when nothing is left in it.
final class Checkpointer: Sendable {
  private enum Phase {
    case idle
    case moving
    /// The rest is left.
    case moved
  }

  /// Orders for the thread: one at most.
  let orders = WorkQueue<Void>(capacity: 1)
  private let phase = Mutex(Phase.idle)

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

  /// Works until ``orders`` is closed and empty.
  ///
  /// - Parameters:
  ///   - database: a connection of this thread's own.
  ///   - failed: the log stays as it is, and the next commit tries again.
  func run(_ database: Database, failed: () -> Void) {
    while !orders.take(weight: 1).isEmpty {
      do {
        try database.checkpoint(waiting: false)
        phase.withLock { $0 = .moved }
      } catch {
        // Where it is locked, the writer moves the log itself, because it is too long.
        if error.kind != .locked { failed() }
        phase.withLock { $0 = .idle }
      }
    }
  }
}
