import ChatCore
import Synchronization

/// The thread that writes: it takes every call that waits, and makes them durable together.
final class SQLiteWriter: Sendable {
  /// What one call of ``MessageStore/write(_:answer:)`` handed over.
  struct Write: Sendable {
    let writes: [StoreWrite]
    let answer: @Sendable (Result<[StoreOutcome], StoreError>) -> Void
  }

  enum Call: Sendable {
    case write(Write)
    /// Wants to read what was answered before.
    case settle(@Sendable (StoreError?) -> Void)
  }

  let queue: WorkQueue<Call>
  let checkpointer = Checkpointer()
  let statistics = Mutex(SQLiteStore.Statistics())
  private let path: String
  private let writesPerTransaction: Int
  private let unsettled = Atomic(false)

  init(path: String, options: SQLiteStore.Options) {
    self.path = path
    queue = WorkQueue(capacity: options.writesWaiting)
    writesPerTransaction = options.writesPerTransaction
  }

  /// Readers would not see all that was answered, before the answer of a ``Call/settle(_:)``. From any thread.
  var hasUnsettled: Bool { unsettled.load(ordering: .acquiring) }

  /// Works until the queue is closed and empty.
  func run(_ tables: LogTables, _ committer: Committer) {
    var transactions: UInt64 = 0
    while let calls = queue.take(weight: writesPerTransaction, patience: committer.patience(at: .now)) {
      var writes: [Write] = []
      var readers: [@Sendable (StoreError?) -> Void] = []
      for call in calls {
        switch call {
        case .write(let write): writes.append(write)
        case .settle(let answer): readers.append(answer)
        }
      }
      var isWell = true
      if !writes.isEmpty { isWell = commit(writes, committer) }
      if !readers.isEmpty || committer.isDue(at: .now) { isWell = settle(committer, for: readers) && isWell }
      // After a failure too: on a full disk it makes room.
      if !committer.transactionIsOpen && (committer.transactions != transactions || !isWell) {
        transactions = committer.transactions
        upkeep(tables)
      }
    }
    // What it leaves undone is in the redo log.
    do { try committer.close() } catch { statistics.withLock { $0.failures += 1 } }
  }

  /// After the answers, which need not wait for it.
  private func upkeep(_ tables: LogTables) {
    guard !checkpointer.logIsSuspect else { return }
    // One may fail where the other can make room: on a disk that is nearly full.
    do { try keepJournalShort(tables) } catch { countCheckpointFailure() }
    do throws(SQLiteFailure) {
      try tables.indexIfDue()
    } catch {
      checkpointer.failed(error)
      statistics.withLock { $0.indexFailures += 1 }
    }
  }

  func countCheckpointFailure() { statistics.withLock { $0.checkpointFailures += 1 } }

  private func keepJournalShort(_ tables: LogTables) throws(SQLiteFailure) {
    let isRest = checkpointer.committed(logIsLong: tables.journalIsLong)
    guard isRest || tables.journalIsTooLong else { return }
    do throws(SQLiteFailure) {
      try tables.checkpoint(waiting: tables.journalIsTooLong)
    } catch {
      checkpointer.failed(error)
      // The checkpointer may be at it, and SQLite waits for no other checkpoint: the next commit looks again.
      if isRest || error.kind != .locked { throw error }
    }
  }

  /// - Returns: Whether all went well.
  private func commit(_ calls: [Write], _ committer: Committer) -> Bool {
    let start = ContinuousClock.now
    do {
      let outcomes = try committer.commit(calls.map(\.writes), at: start)
      // Before the answers: who has one reads what it is about.
      noteSettled(committer)
      count(outcomes, took: start.duration(to: .now))
      for (call, outcomes) in zip(calls, outcomes) { call.answer(.success(outcomes)) }
      return true
    } catch {
      noteSettled(committer)
      statistics.withLock { $0.failures += 1 }
      if calls.count > 1 && error.kind == .refused {
        // One call has values that SQLite does not take: it alone is to fail.
        for call in calls { _ = commit([call], committer) }
      } else {
        let failure = error.storeError(path: path)
        for call in calls { call.answer(.failure(failure)) }
      }
      return false
    }
  }

  /// - Returns: Whether all went well.
  private func settle(_ committer: Committer, for readers: [@Sendable (StoreError?) -> Void]) -> Bool {
    let now = ContinuousClock.now
    var failure = committer.failure(at: now)
    do throws(SQLiteFailure) {
      if failure == nil { try committer.settle(at: now) }
    } catch {
      failure = error
      statistics.withLock { $0.failures += 1 }
    }
    noteSettled(committer)
    for reader in readers { reader(failure?.storeError(path: path)) }
    return failure == nil
  }

  private func noteSettled(_ committer: Committer) {
    unsettled.store(!committer.isSettled, ordering: .releasing)
    statistics.withLock { $0.transactions = committer.transactions }
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
