import ChatCore

/// Answers queries over a connection that cannot write. Used by one thread.
final class LogReader {
  private let database: Database
  private let epoch: UInt64
  private let findLog: Statement
  private let findMemberships: Statement
  private let findAfter: Statement
  private let findBefore: Statement

  init(database: Database, epoch: UInt64) throws(SQLiteFailure) {
    self.database = database
    self.epoch = epoch
    findLog = try database.prepare(
      "SELECT id, epoch, first_sequence, last_sequence, members FROM conversation WHERE name = ?1")
    findMemberships = try database.prepare(
      """
      SELECT c.name, m.delivered, c.epoch, c.first_sequence, c.last_sequence, c.members
      FROM member AS m JOIN conversation AS c ON c.id = m.conversation
      WHERE m.user = ?1 ORDER BY c.last_time DESC, c.id DESC LIMIT ?2
      """)
    let page =
      "SELECT sequence, time, sender, content_type, traceparent, body FROM message WHERE conversation = ?1 AND "
    findAfter = try database.prepare(page + "sequence > ?2 ORDER BY sequence LIMIT ?3")
    findBefore = try database.prepare(page + "sequence < ?2 ORDER BY sequence DESC LIMIT ?3")
  }

  func answer(_ query: StoreQuery) throws(SQLiteFailure) -> StoreAnswer {
    switch query {
    case .log(let conversation): return .log(try log(conversation).state)
    case .memberships(let user, let limit): return .memberships(try memberships(of: user, limit: limit))
    case .page(let query):
      // One transaction, so that the log's state and the messages belong together.
      try database.execute("BEGIN")
      defer { database.rollback() }
      let (key, state) = try log(query.conversation)
      guard let key else { return .page(state, []) }
      return .page(state, try page(query, key: key))
    }
  }

  private func log(_ conversation: ConversationID) throws(SQLiteFailure) -> (key: Int64?, state: LogState) {
    try findLog.bind(1, conversation.name)
    defer { findLog.reset() }
    guard try findLog.step() else {
      return (nil, LogState(epoch: epoch, firstSequence: 0, lastSequence: 0, members: 0))
    }
    return (findLog.integer(at: 0), findLog.logState(at: 1))
  }

  private func memberships(of user: UserID, limit: Int) throws(SQLiteFailure) -> [Membership] {
    try findMemberships.bind(1, user.name)
    // SQLite takes a negative limit for none.
    try findMemberships.bind(2, Int64(max(0, limit)))
    defer { findMemberships.reset() }
    var newestFirst: [Membership] = []
    while try findMemberships.step() {
      let name = findMemberships.text(at: 0)
      guard let conversation = try? ConversationID(name) else {
        throw SQLiteFailure(kind: .corrupt, text: "\(name.debugDescription) is no conversation")
      }
      newestFirst.append(
        Membership(
          conversation: conversation, log: findMemberships.logState(at: 2),
          delivered: findMemberships.unsigned(at: 1)))
    }
    return newestFirst.reversed()
  }

  private func page(_ query: PageQuery, key: Int64) throws(SQLiteFailure) -> [Message] {
    let limit = Int64(max(0, query.messages))
    switch query.bound {
    case .after(let sequence):
      return try read(findAfter, key: key, bound: sequence, limit: limit, query)
    case .before(let sequence):
      return try read(findBefore, key: key, bound: sequence, limit: limit, query).reversed()
    }
  }

  private func read(
    _ statement: Statement, key: Int64, bound: UInt64, limit: Int64, _ query: PageQuery
  ) throws(SQLiteFailure) -> [Message] {
    try statement.bind(1, key)
    try statement.bind(2, bound)
    try statement.bind(3, limit)
    defer { statement.reset() }
    var messages: [Message] = []
    var size = 0
    while try statement.step() {
      let body = statement.blob(at: 5)
      size += body.count
      if size > query.bytes && !messages.isEmpty { break }
      var message = Message()
      message.conversation = query.conversation.name
      message.sequence = statement.unsigned(at: 0)
      message.time = statement.integer(at: 1)
      message.sender = statement.text(at: 2)
      message.contentType = statement.text(at: 3)
      message.traceparent = statement.text(at: 4)
      message.body = StoredBody.payload(body)
      messages.append(message)
    }
    return messages
  }
}

/// A body copied once, out of SQLite's memory.
private final class StoredBody: Sendable {
  // Unsafe: filled once before anybody else has it, never written again.
  private nonisolated(unsafe) let memory: UnsafeMutableRawBufferPointer

  private init(_ bytes: UnsafeRawBufferPointer) {
    memory = .allocate(byteCount: bytes.count, alignment: 1)
    memory.copyMemory(from: bytes)
  }

  deinit { memory.deallocate() }

  static func payload(_ bytes: UnsafeRawBufferPointer) -> Payload {
    guard !bytes.isEmpty else { return .empty }
    let body = StoredBody(bytes)
    let base = body.memory.baseAddress.map { UnsafeRawPointer($0) }
    return Payload(base: base, count: bytes.count, owner: body)
  }
}
