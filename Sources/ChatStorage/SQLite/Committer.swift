import ChatCore

/// Makes groups of writes durable, each by one record in the redo log, and commits them to the tables in larger
/// transactions. Used by the writer's thread only.
///
/// A group is done in the open transaction first, which decides its outcomes. What that transaction holds is lost when
/// it fails; then it is done again from the redo log. Where the redo log cannot take a group, its transaction is
/// committed at once, and is durable by that.
///
/// From a failed sync of the write-ahead log on only the redo log is trusted: none of its records is written over any more.
///
/// Docs/decisions/0022-a-redo-log-before-the-tables.md
final class Committer {
  private let tables: LogTables
  private let redo: RedoLog
  private let checkpointer: Checkpointer
  private let path: String
  private let options: SQLiteStore.Options

  /// The number of the last group that the file of the store has.
  private var settled: UInt64
  /// The number of the last group that is durable.
  private var last: UInt64
  /// No record in the redo log has this number or a larger one.
  private var next: UInt64
  /// When to settle what is not.
  private var settlesAt: ContinuousClock.Instant?
  private(set) var transactionIsOpen = false
  /// Transactions committed.
  private(set) var transactions: UInt64 = 0
  /// Groups that are to be committed at once, after something went wrong.
  private var detour = 0
  /// Why it could not settle the last time.
  private var failure: SQLiteFailure?

  /// Does again what the redo log has and the tables have not.
  ///
  /// - Parameter wasLeft: whoever used the store before has not closed it.
  init(
    tables: LogTables, redo: RedoLog, checkpointer: Checkpointer, path: String, wasLeft: Bool,
    options: SQLiteStore.Options
  ) throws(SQLiteFailure) {
    self.tables = tables
    self.redo = redo
    self.checkpointer = checkpointer
    self.path = path
    self.options = options
    settled = try tables.settled()
    last = max(settled, try redo.records().last)
    next = last + 1
    do throws(SQLiteFailure) {
      try recover(wasLeft: wasLeft)
    } catch {
      tables.keepJournal()
      throw error
    }
  }

  private func recover(wasLeft: Bool) throws(SQLiteFailure) {
    // Whether its last syncs were good, only the process knew that has left it. What SQLite has read of it was whole.
    if wasLeft { try WriteAheadLog.writeAgain(of: path) }
    try settle(at: .now)
    try tables.sync()
    checkpointer.isSynced(through: settled)
  }

  /// The file of the store has everything.
  var isSettled: Bool { settled == last }

  /// How long ``settle(at:)`` may still be put off; nil: there is nothing to settle.
  func patience(at now: ContinuousClock.Instant) -> Duration? {
    settlesAt.map { max(.zero, now.duration(to: $0)) }
  }

  /// It should be settled now, whatever comes next.
  func isDue(at now: ContinuousClock.Instant) -> Bool {
    tables.unsettledBytes >= options.unsettledBytes || patience(at: now) == .zero
  }

  /// Why it cannot be settled, as was seen a moment ago.
  func failure(at now: ContinuousClock.Instant) -> SQLiteFailure? { isDue(at: now) ? nil : failure }

  // MARK: Groups

  /// Does all the writes or none. They are on stable storage when this returns.
  func commit(
    _ calls: [[StoreWrite]], at now: ContinuousClock.Instant
  ) throws(SQLiteFailure) -> [[StoreOutcome]] {
    guard calls.contains(where: { !$0.isEmpty }) else { return calls.map { _ in [] } }
    guard checkpointer.logIsSuspect || (detour == 0 && hasRoomToSettle),
      let place = redo.prepare(calls.joined(), number: next, syncedThrough: checkpointer.syncedThrough)
    else { return try commitAtOnce(calls, at: now) }
    if case .otherHalf = place {
      // Before the other half is full, this one has to be free again.
      try settle(at: now)
      checkpointer.sync(through: settled)
    }
    let outcomes = try apply(calls, synced: false)
    do throws(SQLiteFailure) {
      // What could not be written may be found there all the same, so no other record gets its number.
      defer { next += 1 }
      try redo.write(next, at: place)
    } catch {
      undo(after: error)
      detour = max(1, options.groupsPastRedoLog)
      return try commitAtOnce(calls, at: now)
    }
    last = next - 1
    if settlesAt == nil { settlesAt = now + .milliseconds(options.settlesAfter) }
    return outcomes
  }

  /// What is answered by a record alone must go into the tables later, also on a disk that others fill.
  private var hasRoomToSettle: Bool {
    guard let free = try? FileSpace.freeBytes(at: path) else { return false }
    return free >= UInt64(clamping: options.roomToSettle)
  }

  private func commitAtOnce(
    _ calls: [[StoreWrite]], at now: ContinuousClock.Instant
  ) throws(SQLiteFailure) -> [[StoreOutcome]] {
    guard !checkpointer.logIsSuspect else { throw Self.logIsSuspect }
    if transactionIsOpen { try settle(at: now) }
    let outcomes = try apply(calls, synced: true)
    try commitTransaction(through: next)
    last = next
    next += 1
    checkpointer.isSynced(through: settled)
    detour = max(0, detour - 1)
    return outcomes
  }

  private func apply(_ calls: [[StoreWrite]], synced: Bool) throws(SQLiteFailure) -> [[StoreOutcome]] {
    do throws(SQLiteFailure) {
      if !transactionIsOpen { try open(synced: synced) }
      var outcomes: [[StoreOutcome]] = []
      outcomes.reserveCapacity(calls.count)
      for writes in calls {
        outcomes.append(try writes.map { write throws(SQLiteFailure) in try tables.apply(write) })
      }
      tables.endGroup()
      return outcomes
    } catch {
      undo(after: error)
      throw error
    }
  }

  // MARK: Transactions

  /// Brings all groups to the tables, so that readers see them. They are on stable storage by their records.
  func settle(at now: ContinuousClock.Instant) throws(SQLiteFailure) {
    do throws(SQLiteFailure) {
      if !isSettled {
        if !transactionIsOpen { try open(synced: false) }
        try commitTransaction(through: last)
      }
      settlesAt = nil
    } catch {
      undo(after: error)
      failure = error
      settlesAt = .now + .milliseconds(options.settlesAgainAfter)
      throw error
    }
  }

  /// Begins a transaction, with all groups that are not in the file.
  private func open(synced: Bool) throws(SQLiteFailure) {
    try tables.begin(synced: synced)
    transactionIsOpen = true
    guard !isSettled else { return }
    try redo.records().replay(after: settled, through: last) { writes throws(SQLiteFailure) in
      for write in writes { _ = try tables.apply(write) }
      tables.endGroup()
    }
  }

  private func commitTransaction(through number: UInt64) throws(SQLiteFailure) {
    do throws(SQLiteFailure) {
      try tables.commit(through: number)
    } catch {
      undo(after: error)
      detour = max(detour, 1)
      throw error
    }
    transactionIsOpen = false
    settled = number
    settlesAt = nil
    failure = nil
    transactions += 1
  }

  private func undo(after error: SQLiteFailure) {
    checkpointer.failed(error)
    tables.rollback()
    transactionIsOpen = false
  }

  /// Settles, and removes the redo log. To be called when no group comes any more.
  ///
  /// After a failure the redo log stays, and what belongs to it.
  func close() throws(SQLiteFailure) {
    do throws(SQLiteFailure) {
      try settle(at: .now)
      try tables.sync()
      guard !checkpointer.logIsSuspect else { throw Self.logIsSuspect }
    } catch {
      checkpointer.failed(error)
      if checkpointer.logIsSuspect { tables.keepJournal() }
      throw error
    }
    redo.remove()
  }

  private static let logIsSuspect = SQLiteFailure(
    kind: .io,
    text:
      "syncing the write-ahead log failed before, and only a start makes it whole: restart the broker, which loses nothing"
  )
}
