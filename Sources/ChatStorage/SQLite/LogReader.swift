import ChatCore

/// Answers queries over a connection that cannot write. Used by one thread.
final class LogReader {
  private let database: Database
  private let path: String
  private let epoch: UInt64
  private let beginStatement: Statement
  private let endStatement: Statement
  private let findLog: Statement
  private let listConversations: Statement
  private let members: MemberReader
  private let indexed: RunIndex
  /// Runs that are newer than all of their logs in ``indexed``.
  private let recent: RunIndex

  init(database: Database, path: String, epoch: UInt64) throws(SQLiteFailure) {
    self.database = database
    self.path = path
    self.epoch = epoch
    findLog = try database.prepare(
      "SELECT id, epoch, first_sequence, last_sequence, members FROM conversation WHERE name = ?1")
    listConversations = try database.prepare(
      """
      SELECT name, epoch, first_sequence, last_sequence, members FROM conversation
      WHERE name > ?1 ORDER BY name LIMIT ?2
      """)
    members = try MemberReader(database: database)
    beginStatement = try database.prepare("BEGIN")
    endStatement = try database.prepare("COMMIT")
    indexed = try RunIndex(table: "run_index", database: database)
    recent = try RunIndex(table: "recent_run", database: database)
  }

  func answer(_ query: StoreQuery) throws(SQLiteFailure) -> StoreAnswer {
    switch query {
    case .log(let conversation): return .log(try log(conversation).state)
    case .memberships(let user, let limit):
      return .memberships(try members.memberships(of: user, limit: limit))
    case .page(let query):
      // The log's state and the messages belong together.
      return try inTransaction { () throws(SQLiteFailure) in
        let (key, state) = try log(query.conversation)
        let segment = try key.map { key throws(SQLiteFailure) in try page(query, key: key, state) }
        return .page(LogPage(log: state, segment: segment ?? nil))
      }
    case .conversation(let conversation):
      let (key, state) = try log(conversation)
      return .conversation(key.map { _ in StoredConversation(conversation: conversation, log: state) })
    case .conversations(let after, let limit):
      return .conversations(try conversations(after: after, limit: limit))
    case .members(let conversation, let after, let limit):
      // A conversation is never removed, so its members need no transaction.
      let key = try log(conversation).key
      return .members(
        try key.map { key throws(SQLiteFailure) in
          try members.members(of: key, after: after, limit: limit)
        })
    case .space: return .space(StoreSpace(freeBytes: try FileSpace.freeBytes(at: path)))
    }
  }

  private func inTransaction(
    _ read: () throws(SQLiteFailure) -> StoreAnswer
  ) throws(SQLiteFailure) -> StoreAnswer {
    try beginStatement.run()
    do {
      let answer = try read()
      try endStatement.run()
      return answer
    } catch {
      database.rollback()
      throw error
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

  private func conversations(after name: String?, limit: Int) throws(SQLiteFailure) -> [StoredConversation] {
    // No name is empty.
    try listConversations.bind(1, name ?? "")
    try listConversations.bind(2, limit: limit)
    defer { listConversations.reset() }
    var conversations: [StoredConversation] = []
    while try listConversations.step() {
      conversations.append(
        StoredConversation(
          conversation: try listConversations.conversation(at: 0), log: listConversations.logState(at: 1)))
    }
    return conversations
  }

  private func page(_ query: PageQuery, key: Int64, _ log: LogState) throws(SQLiteFailure) -> Segment? {
    var page = PageBuilder(query, log: log)
    switch query.bound {
    case .after(let sequence):
      guard sequence < log.lastSequence else { return nil }
      if let start = try recent.start(of: sequence + 1, conversation: key) {
        _ = try recent.read(from: start, conversation: key, into: &page)
      } else {
        let start = try indexed.start(of: sequence + 1, conversation: key) ?? 0
        if try indexed.read(from: start, conversation: key, into: &page) {
          _ = try recent.read(from: 0, conversation: key, into: &page)
        }
      }
    case .before(let sequence):
      if try recent.read(before: sequence, conversation: key, into: &page) {
        _ = try indexed.read(before: sequence, conversation: key, into: &page)
      }
    }
    return page.segment()
  }
}
