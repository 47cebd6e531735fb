import ChatCore

/// Makes the changes of one transaction at a time in the tables. Used by the writer's thread only.
///
/// A transaction takes many groups of writes. Rows of conversations are read once, changed in memory, and written once
/// before the commit; messages of a log become rows together.
final class LogTables {
  private let database: Database
  private let epoch: UInt64
  private let journalPages: Int
  private let journalPagesMost: Int
  private var cache: ConversationCache
  /// Rows that this group has written, or read from the table. The cache has them as the groups before left them.
  private var used: [ConversationID: ConversationRow] = [:]
  /// Rows that this transaction is to write.
  private var changed: [ConversationID: ConversationRow] = [:]
  private var syncsCommits = true

  private let beginStatement: Statement
  private let commitStatement: Statement
  private let findSettled: Statement
  private let updateSettled: Statement
  private let runs: RunTables
  private let findConversation: Statement
  private let addConversation: Statement
  private let updateConversation: Statement
  private let addMember: Statement
  private let removeMember: Statement
  private let marks: MarkReader
  private let moveMarks: Statement

  init(database: Database, epoch: UInt64, options: SQLiteStore.Options) throws(SQLiteFailure) {
    self.database = database
    self.epoch = epoch
    cache = ConversationCache(capacity: options.conversationsCached)
    let pageSize = max(1, try database.integer("PRAGMA page_size"))
    journalPages = options.journalBytes / Int(pageSize)
    journalPagesMost = options.journalBytesMost / Int(pageSize)
    beginStatement = try database.prepare("BEGIN IMMEDIATE")
    commitStatement = try database.prepare("COMMIT")
    findSettled = try database.prepare("SELECT value FROM meta WHERE key = 'redo'")
    updateSettled = try database.prepare("UPDATE meta SET value = ?1 WHERE key = 'redo'")
    runs = try RunTables(database: database, options: options)
    findConversation = try database.prepare(
      """
      SELECT id, epoch, first_sequence, last_sequence, members, last_time FROM conversation WHERE name = ?1
      """)
    addConversation = try database.prepare(
      """
      INSERT INTO conversation(name, kind, epoch, first_sequence, last_sequence, last_time, members)
      VALUES (?1, ?2, ?3, 0, 0, 0, 0)
      """)
    updateConversation = try database.prepare(
      """
      UPDATE conversation SET first_sequence = ?2, last_sequence = ?3, last_time = ?4, members = ?5
      WHERE id = ?1
      """)
    addMember = try database.prepare(
      """
      INSERT INTO member(user, conversation, delivered, read, joined) VALUES (?1, ?2, ?3, ?3, ?4)
      ON CONFLICT DO NOTHING
      """)
    removeMember = try database.prepare("DELETE FROM member WHERE user = ?1 AND conversation = ?2")
    marks = try MarkReader(database: database)
    moveMarks = try database.prepare(
      """
      UPDATE member SET delivered = max(delivered, ?3), read = max(read, ?4)
      WHERE user = ?1 AND conversation = ?2 AND (delivered < ?3 OR read < ?4)
      RETURNING delivered, read
      """)
  }

  // MARK: Transactions

  /// - Parameter synced: The commit is to return when the changes are on stable storage.
  func begin(synced: Bool) throws(SQLiteFailure) {
    if synced != syncsCommits {
      try database.execute("PRAGMA synchronous = \(synced ? "FULL" : "NORMAL")")
      syncsCommits = synced
    }
    try beginStatement.run()
  }

  /// Ends a group of writes, which all went well.
  func endGroup() {
    for (conversation, var row) in used {
      if row.isChanged {
        row.isChanged = false
        changed[conversation] = row
      }
      cache.insert(row, for: conversation)
    }
    used.removeAll(keepingCapacity: true)
  }

  /// - Parameter number: the last group that the tables have then.
  func commit(through number: UInt64) throws(SQLiteFailure) {
    try runs.storeAll()
    for row in changed.values { try write(row) }
    try updateSettled.bind(1, number)
    try updateSettled.run()
    guard database.changes == 1 else {
      throw SQLiteFailure(kind: .corrupt, text: "the number of the last group of writes is missing")
    }
    try commitStatement.run()
    runs.committed()
    changed.removeAll(keepingCapacity: true)
  }

  /// The last group that the tables had at the last commit.
  func settled() throws(SQLiteFailure) -> UInt64 {
    defer { findSettled.reset() }
    return try findSettled.step() ? findSettled.unsigned(at: 0) : 0
  }

  /// Bytes of messages that wait for the commit.
  var unsettledBytes: Int { runs.waitingBytes }

  /// Leaves the write-ahead log as it is when the connection closes.
  func keepJournal() { database.keepJournal() }

  /// Makes what was committed durable.
  func sync() throws(SQLiteFailure) { try database.syncJournal() }

  func rollback() {
    used = [:]
    changed = [:]
    runs.rolledBack()
    cache.removeAll()
    database.rollback()
  }

  /// Moves recent runs to the large index. To be called between transactions.
  ///
  /// A failure loses nothing: the runs stay recent, and the next call tries again.
  func indexIfDue() throws(SQLiteFailure) {
    guard runs.indexIsDue else { return }
    do {
      try beginStatement.run()
      try runs.index()
      try commitStatement.run()
      runs.indexed()
    } catch {
      database.rollback()
      throw error
    }
  }

  /// The write-ahead log should be moved into the file.
  var journalIsLong: Bool { database.journalPages >= journalPages }

  /// It has to be, at once.
  var journalIsTooLong: Bool { database.journalPages >= journalPagesMost }

  /// Moves what it can of the write-ahead log into the file. To be called between transactions.
  ///
  /// A failure, as on a full disk, loses nothing: the log stays.
  func checkpoint(waiting: Bool) throws(SQLiteFailure) { try database.checkpoint(waiting: waiting) }

  // MARK: Writes

  func apply(_ write: StoreWrite) throws(SQLiteFailure) -> StoreOutcome {
    switch write {
    case .append(let conversation, let messages): .appended(try append(messages, to: conversation))
    case .join(let conversation, let user, let time): .membership(try join(conversation, user, time))
    case .leave(let conversation, let user): .membership(try leave(conversation, user))
    case .mark(let marks): try mark(marks)
    case .probe: try probe()
    }
  }

  private func append(
    _ messages: [NewMessage], to conversation: ConversationID
  ) throws(SQLiteFailure) -> AppendOutcome {
    var (row, created) = try makeIfNew(conversation)
    var places: [AppendOutcome.Place] = []
    places.reserveCapacity(messages.count)
    var outsiders: Set<UserID> = []
    // In place: an iterator hands out copies, which count references.
    for index in messages.indices {
      let place = try runs.add(messages[index], sequence: row.log.lastSequence + 1, conversation: row.key)
      places.append(place)
      if messages[index].mayBeFromOutside, conversation.kind == .group,
        try marks.marks(of: messages[index].sender, in: row.key) == nil
      {
        outsiders.insert(messages[index].sender)
      }
      guard case .stored(let sequence) = place else { continue }
      row.log.lastSequence = sequence
      if row.log.firstSequence == 0 { row.log.firstSequence = sequence }
      row.lastTime = messages[index].time
      row.isChanged = true
    }
    used[conversation] = row
    return AppendOutcome(
      epoch: row.log.epoch, lastSequence: row.log.lastSequence, members: row.log.members, places: places,
      created: created, outsiders: outsiders)
  }

  private func join(
    _ conversation: ConversationID, _ user: UserID, _ time: Int64
  ) throws(SQLiteFailure) -> MembershipOutcome {
    var (row, _) = try makeIfNew(conversation)
    // A broadcast has no members: it is open to all.
    var changed = false
    if conversation.kind != .broadcast {
      let end = row.log.lastSequence
      changed = try add(user, to: &row, marks: end, time: time)
    }
    used[conversation] = row
    return try outcome(changed: changed, conversation, row, user)
  }

  private func leave(
    _ conversation: ConversationID, _ user: UserID
  ) throws(SQLiteFailure) -> MembershipOutcome {
    guard var row = try find(conversation) else {
      let log = LogState(epoch: epoch, firstSequence: 0, lastSequence: 0, members: 0)
      let membership = Membership(conversation: conversation, log: log, delivered: 0)
      return MembershipOutcome(changed: false, membership: membership)
    }
    try removeMember.bind(1, user.name)
    try removeMember.bind(2, row.key)
    try removeMember.run()
    let changed = database.changes > 0
    if changed {
      row.log.members -= min(1, row.log.members)
      row.isChanged = true
      used[conversation] = row
    }
    return try outcome(changed: changed, conversation, row, user)
  }

  private func mark(_ marks: [Mark]) throws(SQLiteFailure) -> StoreOutcome {
    var moved: [Mark] = []
    for mark in marks {
      guard let row = try find(mark.conversation) else { continue }
      let (delivered, read) = mark.limited(to: row.log.lastSequence)
      try moveMarks.bind(1, mark.user.name)
      try moveMarks.bind(2, row.key)
      try moveMarks.bind(3, delivered)
      try moveMarks.bind(4, read)
      defer { moveMarks.reset() }
      guard try moveMarks.step() else { continue }
      moved.append(
        Mark(
          conversation: mark.conversation, user: mark.user, delivered: moveMarks.unsigned(at: 0),
          read: moveMarks.unsigned(at: 1)))
      // A statement that is left before its end may not have done all.
      while try moveMarks.step() {}
    }
    return .marked(moved)
  }

  private func probe() throws(SQLiteFailure) -> StoreOutcome {
    try database.execute(
      "INSERT INTO meta(key, value) VALUES ('probe', 1) ON CONFLICT(key) DO UPDATE SET value = value + 1")
    return .probed
  }

  // MARK: Rows

  private func find(_ conversation: ConversationID) throws(SQLiteFailure) -> ConversationRow? {
    if let row = used[conversation] { return row }
    if let row = cache[conversation] ?? changed[conversation] { return row }
    try findConversation.bind(1, conversation.name)
    defer { findConversation.reset() }
    guard try findConversation.step() else { return nil }
    let row = ConversationRow(
      key: findConversation.integer(at: 0), log: findConversation.logState(at: 1),
      lastTime: findConversation.integer(at: 5))
    used[conversation] = row
    return row
  }

  private func makeIfNew(
    _ conversation: ConversationID
  ) throws(SQLiteFailure) -> (row: ConversationRow, created: Bool) {
    if let row = try find(conversation) { return (row, false) }
    try addConversation.bind(1, conversation.name)
    try addConversation.bind(2, Int64(conversation.kind.rawValue))
    try addConversation.bind(3, epoch)
    try addConversation.run()
    var row = ConversationRow(
      key: database.lastInsertedKey,
      log: LogState(epoch: epoch, firstSequence: 0, lastSequence: 0, members: 0), lastTime: 0)
    for user in conversation.directUsers { _ = try add(user, to: &row, marks: 0, time: 0) }
    used[conversation] = row
    return (row, true)
  }

  private func add(
    _ user: UserID, to row: inout ConversationRow, marks: UInt64, time: Int64
  ) throws(SQLiteFailure) -> Bool {
    try addMember.bind(1, user.name)
    try addMember.bind(2, row.key)
    try addMember.bind(3, marks)
    try addMember.bind(4, time)
    try addMember.run()
    guard database.changes > 0 else { return false }
    row.log.members += 1
    row.isChanged = true
    return true
  }

  private func outcome(
    changed: Bool, _ conversation: ConversationID, _ row: ConversationRow, _ user: UserID
  ) throws(SQLiteFailure) -> MembershipOutcome {
    let own = try marks.marks(of: user, in: row.key)
    let peer = try conversation.peer(of: user).flatMap { peer throws(SQLiteFailure) in
      try marks.marks(of: peer, in: row.key)
    }
    return MembershipOutcome(
      changed: changed,
      membership: Membership(
        conversation: conversation, log: row.log, delivered: own?.delivered ?? 0, read: own?.read ?? 0,
        peer: peer))
  }

  private func write(_ row: ConversationRow) throws(SQLiteFailure) {
    try updateConversation.bind(1, row.key)
    try updateConversation.bind(2, row.log.firstSequence)
    try updateConversation.bind(3, row.log.lastSequence)
    try updateConversation.bind(4, row.lastTime)
    try updateConversation.bind(5, Int64(row.log.members))
    try updateConversation.run()
  }
}
