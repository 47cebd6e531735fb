import ChatCore

/// Makes the changes of one transaction at a time in the tables. Used by the writer's thread only.
///
/// Rows of conversations are read once, changed in memory, and written once before the commit.
final class LogTables {
  private let database: Database
  private let epoch: UInt64
  private let journalPages: Int
  private let journalPagesMost: Int
  private var cache: ConversationCache
  /// Rows that this transaction has used. The cache holds only what is committed.
  private var used: [ConversationID: ConversationRow] = [:]

  private let findConversation: Statement
  private let addConversation: Statement
  private let updateConversation: Statement
  private let addMessage: Statement
  private let findMessage: Statement
  private let addMember: Statement
  private let removeMember: Statement
  private let findMember: Statement
  private let moveMark: Statement

  init(database: Database, epoch: UInt64, options: SQLiteStore.Options) throws(SQLiteFailure) {
    self.database = database
    self.epoch = epoch
    cache = ConversationCache(capacity: options.conversationsCached)
    let pageSize = max(1, try database.integer("PRAGMA page_size"))
    journalPages = options.journalBytes / Int(pageSize)
    journalPagesMost = options.journalBytesMost / Int(pageSize)
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
    // Only a known client message id is no error; a sequence that is there already would be one.
    addMessage = try database.prepare(
      """
      INSERT INTO message(
        conversation, sequence, sender, client_message_id, time, content_type, traceparent, body)
      VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
      ON CONFLICT (conversation, sender, client_message_id) WHERE client_message_id <> '' DO NOTHING
      """)
    findMessage = try database.prepare(
      """
      SELECT sequence, time FROM message
      WHERE conversation = ?1 AND sender = ?2 AND client_message_id = ?3 AND client_message_id <> ''
      """)
    addMember = try database.prepare(
      """
      INSERT INTO member(user, conversation, delivered, joined) VALUES (?1, ?2, ?3, ?4)
      ON CONFLICT DO NOTHING
      """)
    removeMember = try database.prepare("DELETE FROM member WHERE user = ?1 AND conversation = ?2")
    findMember = try database.prepare("SELECT delivered FROM member WHERE user = ?1 AND conversation = ?2")
    moveMark = try database.prepare(
      "UPDATE member SET delivered = ?3 WHERE user = ?1 AND conversation = ?2 AND delivered < ?3")
  }

  // MARK: Transactions

  func begin() throws(SQLiteFailure) {
    used.removeAll(keepingCapacity: true)
    try database.execute("BEGIN IMMEDIATE")
  }

  /// Returns when the changes are on stable storage.
  func commit() throws(SQLiteFailure) {
    for row in used.values where row.isChanged { try write(row) }
    try database.execute("COMMIT")
    for (conversation, var row) in used {
      row.isChanged = false
      cache.insert(row, for: conversation)
    }
  }

  func rollback() {
    used = [:]
    cache.removeAll()
    database.rollback()
  }

  /// Keeps the write-ahead log short. To be called between transactions.
  ///
  /// A failure, as on a full disk, loses nothing: the log stays, and the next call tries again.
  func checkpointIfDue() throws(SQLiteFailure) {
    guard database.journalPages >= journalPages else { return }
    try database.checkpoint(waiting: database.journalPages >= journalPagesMost)
  }

  // MARK: Writes

  func apply(_ write: StoreWrite) throws(SQLiteFailure) -> StoreOutcome {
    switch write {
    case .append(let conversation, let messages): .appended(try append(messages, to: conversation))
    case .join(let conversation, let user, let time): .membership(try join(conversation, user, time))
    case .leave(let conversation, let user): .membership(try leave(conversation, user))
    case .mark(let marks): try mark(marks)
    }
  }

  private func append(
    _ messages: [NewMessage], to conversation: ConversationID
  ) throws(SQLiteFailure) -> AppendOutcome {
    var (row, created) = try makeIfNew(conversation)
    var places: [AppendOutcome.Place] = []
    places.reserveCapacity(messages.count)
    for message in messages { places.append(try append(message, to: &row)) }
    used[conversation] = row
    return AppendOutcome(
      epoch: row.log.epoch, lastSequence: row.log.lastSequence, members: row.log.members, places: places,
      created: created)
  }

  private func append(
    _ message: NewMessage, to row: inout ConversationRow
  ) throws(SQLiteFailure) -> AppendOutcome.Place {
    let sequence = row.log.lastSequence + 1
    try addMessage.bind(1, row.key)
    try addMessage.bind(2, sequence)
    try addMessage.bind(3, message.sender.name)
    try addMessage.bind(4, message.clientMessageID)
    try addMessage.bind(5, message.time)
    try addMessage.bind(6, message.contentType)
    try addMessage.bind(7, message.traceparent)
    try message.body.withUnsafeBytes { bytes throws(SQLiteFailure) in
      try addMessage.bindLent(8, bytes)
      try addMessage.run()
    }
    guard database.changes == 0 else {
      row.log.lastSequence = sequence
      if row.log.firstSequence == 0 { row.log.firstSequence = sequence }
      row.lastTime = message.time
      row.isChanged = true
      return .stored(sequence: sequence)
    }
    try findMessage.bind(1, row.key)
    try findMessage.bind(2, message.sender.name)
    try findMessage.bind(3, message.clientMessageID)
    defer { findMessage.reset() }
    guard try findMessage.step() else {
      throw SQLiteFailure(kind: .corrupt, text: "the index of client message ids names a message not there")
    }
    return .duplicate(sequence: findMessage.unsigned(at: 0), time: findMessage.integer(at: 1))
  }

  private func join(
    _ conversation: ConversationID, _ user: UserID, _ time: Int64
  ) throws(SQLiteFailure) -> MembershipOutcome {
    var (row, _) = try makeIfNew(conversation)
    // A broadcast has no members: it is open to all.
    var changed = false
    if conversation.kind != .broadcast {
      let end = row.log.lastSequence
      changed = try add(user, to: &row, delivered: end, time: time)
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

  private func mark(_ marks: [DeliveredMark]) throws(SQLiteFailure) -> StoreOutcome {
    for mark in marks {
      guard let row = try find(mark.conversation) else { continue }
      try moveMark.bind(1, mark.user.name)
      try moveMark.bind(2, row.key)
      try moveMark.bind(3, min(mark.sequence, row.log.lastSequence))
      try moveMark.run()
    }
    return .marked
  }

  // MARK: Rows

  private func find(_ conversation: ConversationID) throws(SQLiteFailure) -> ConversationRow? {
    if let row = used[conversation] { return row }
    if let row = cache[conversation] {
      used[conversation] = row
      return row
    }
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
    for user in conversation.directUsers { _ = try add(user, to: &row, delivered: 0, time: 0) }
    used[conversation] = row
    return (row, true)
  }

  private func add(
    _ user: UserID, to row: inout ConversationRow, delivered: UInt64, time: Int64
  ) throws(SQLiteFailure) -> Bool {
    try addMember.bind(1, user.name)
    try addMember.bind(2, row.key)
    try addMember.bind(3, delivered)
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
    try findMember.bind(1, user.name)
    try findMember.bind(2, row.key)
    defer { findMember.reset() }
    let delivered = try findMember.step() ? findMember.unsigned(at: 0) : 0
    return MembershipOutcome(
      changed: changed,
      membership: Membership(conversation: conversation, log: row.log, delivered: delivered))
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

extension Statement {
  /// Reads epoch, first sequence, last sequence and members from four columns.
  func logState(at column: Int32) -> LogState {
    LogState(
      epoch: unsigned(at: column), firstSequence: unsigned(at: column + 1),
      lastSequence: unsigned(at: column + 2), members: UInt32(clamping: integer(at: column + 3)))
  }
}
