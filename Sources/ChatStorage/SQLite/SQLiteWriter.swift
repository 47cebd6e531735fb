import ChatCore
import Synchronization

/// The thread that writes: it takes every call that waits, and commits them together.
final class SQLiteWriter: Sendable {
  /// What one call of ``MessageStore/write(_:answer:)`` handed over.
  struct Call: Sendable {
    let writes: [StoreWrite]
    let answer: @Sendable (Result<[StoreOutcome], StoreError>) -> Void
  }

  let queue: WorkQueue<Call>
  let checkpointer = Checkpointer()
  let statistics = Mutex(SQLiteStore.Statistics())
  private let path: String
  private let writesPerTransaction: Int

  init(path: String, options: SQLiteStore.Options) {
    self.path = path
    queue = WorkQueue(capacity: options.writesWaiting)
    writesPerTransaction = options.writesPerTransaction
  }

  /// Works until the queue is closed and empty.
  func run(_ tables: LogTables) {
    while true {
      let calls = queue.take(weight: writesPerTransaction)
      if calls.isEmpty { return }
      commit(calls, tables)
      // After the answers, which need not wait for it.
      // One may fail where the other can make room: on a disk that is nearly full.
      do { try keepJournalShort(tables) } catch { countCheckpointFailure() }
      do { try tables.indexIfDue() } catch { statistics.withLock { $0.indexFailures += 1 } }
    }
  }

  func countCheckpointFailure() { statistics.withLock { $0.checkpointFailures += 1 } }

  private func keepJournalShort(_ tables: LogTables) throws(SQLiteFailure) {
    let isRest = checkpointer.committed(logIsLong: tables.journalIsLong)
    guard isRest || tables.journalIsTooLong else { return }
    do throws(SQLiteFailure) {
      try tables.checkpoint(waiting: tables.journalIsTooLong)
    } catch {
      // The checkpointer may be at it, and SQLite waits for no other checkpoint: the next commit looks again.
      if isRest || error.kind != .locked { throw error }
    }
  }

  private func commit(_ calls: [Call], _ tables: LogTables) {
    let start = ContinuousClock.now
    do {
      try tables.begin()
      var outcomes: [[StoreOutcome]] = []
      outcomes.reserveCapacity(calls.count)
      for call in calls {
        outcomes.append(try call.writes.map { write throws(SQLiteFailure) in try tables.apply(write) })
      }
      try tables.commit()
      count(outcomes, took: start.duration(to: .now))
      for (call, outcomes) in zip(calls, outcomes) { call.answer(.success(outcomes)) }
    } catch {
      tables.rollback()
      statistics.withLock { $0.failures += 1 }
      if calls.count > 1 && error.kind == .refused {
        // One call has values that SQLite does not take: it alone is to fail.
        for call in calls { commit([call], tables) }
      } else {
        let failure = error.storeError(path: path)
        for call in calls { call.answer(.failure(failure)) }
      }
    }
  }

  private func count(_ outcomes: [[StoreOutcome]], took duration: Duration) {
    var writes = 0
    var stored = 0
    var duplicates = 0
    for case .appended(let outcome) in outcomes.joined() {
      for place in outcome.places {
        if case .stored = place { stored += 1 } else { duplicates += 1 }
      }
    }
    for call in outcomes { writes += call.count }
    let milliseconds = duration / .milliseconds(1)
    statistics.withLock {
      $0.commits += 1
      $0.writes += UInt64(writes)
      $0.messages += UInt64(stored)
      if stored > 0 { $0.batches.record(stored) }
      $0.duplicates += UInt64(duplicates)
      $0.lastCommitMilliseconds = milliseconds
    }
  }
}
