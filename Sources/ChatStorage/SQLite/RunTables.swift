import ChatCore

/// Adds messages to the tables that grow with each of them, in the transaction of ``LogTables``.
///
/// What is written for an append lies at the end of its table, or in a small one: so many conversations at once
/// cost little more than one.
final class RunTables {
  /// The table of what waits keeps its memory up to this many conversations.
  private static let keptLogs = 1024
  private let database: Database
  private let runBytes: Int
  private let recentRunsMost: Int
  /// Committed rows of recent_run, and those of this transaction.
  private var recentRuns: Int
  private var newRuns = 0
  /// Messages that are no rows yet, by their conversation's key.
  private var waiting: [Int64: RunBuffer] = [:]
  /// Bytes of messages that were added since the last commit.
  private(set) var waitingBytes = 0
  private let addRun: Statement
  private let addRecentRun: Statement
  private let addClientMessage: Statement
  private let findClientMessage: Statement

  init(database: Database, options: SQLiteStore.Options) throws(SQLiteFailure) {
    self.database = database
    runBytes = options.runBytes
    recentRunsMost = max(1, options.recentRuns)
    recentRuns = Int(clamping: try database.integer("SELECT count(*) FROM recent_run"))
    addRun = try database.prepare(
      "INSERT INTO run(conversation, first_sequence, count, frames) VALUES (?1, ?2, ?3, ?4)")
    addRecentRun = try database.prepare(
      "INSERT INTO recent_run(conversation, first_sequence, run) VALUES (?1, ?2, ?3)")
    addClientMessage = try database.prepare(
      """
      INSERT INTO client_message(client_message_id, conversation, sender, sequence, time)
      VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING
      """)
    findClientMessage = try database.prepare(
      """
      SELECT sequence, time FROM client_message
      WHERE client_message_id = ?1 AND conversation = ?2 AND sender = ?3
      """)
  }

  // MARK: Messages

  /// Adds a message, of which a row will be made together with others, unless its id is known.
  func add(
    _ message: NewMessage, sequence: UInt64, conversation: Int64
  ) throws(SQLiteFailure) -> AppendOutcome.Place {
    if !message.clientMessageID.isEmpty,
      try !isNew(message, sequence: sequence, conversation: conversation)
    {
      return try original(of: message, conversation: conversation)
    }
    let run = waiting[conversation] ?? RunBuffer()
    if run.isFull(for: message, bytes: runBytes) { try store(run, of: conversation) }
    if run.isEmpty { waiting[conversation] = run }
    run.append(message, sequence: sequence)
    waitingBytes += message.byteCount
    return .stored(sequence: sequence)
  }

  /// Makes rows of all that waits.
  func storeAll() throws(SQLiteFailure) {
    for (conversation, run) in waiting { try store(run, of: conversation) }
    waiting.removeAll(keepingCapacity: waiting.count <= Self.keptLogs)
  }

  private func store(_ run: RunBuffer, of conversation: Int64) throws(SQLiteFailure) {
    guard !run.isEmpty else { return }
    try addRun.bind(1, conversation)
    try addRun.bind(2, run.firstSequence)
    try addRun.bind(3, Int64(run.count))
    try addRun.bindLent(4, run.frames)
    try addRun.run()
    try addRecentRun.bind(1, conversation)
    try addRecentRun.bind(2, run.firstSequence)
    try addRecentRun.bind(3, database.lastInsertedKey)
    try addRecentRun.run()
    newRuns += 1
    run.removeAll()
  }

  /// Notes the message's id, unless it is known.
  private func isNew(
    _ message: NewMessage, sequence: UInt64, conversation: Int64
  ) throws(SQLiteFailure) -> Bool {
    try addClientMessage.bind(2, conversation)
    try addClientMessage.bind(4, sequence)
    try addClientMessage.bind(5, message.time)
    try message.clientMessageID.lend { id throws(SQLiteFailure) in
      try message.sender.name.lend { sender throws(SQLiteFailure) in
        try addClientMessage.bindLent(1, id)
        try addClientMessage.bindLent(3, sender)
        try addClientMessage.run()
      }
    }
    return database.changes > 0
  }

  private func original(
    of message: NewMessage, conversation: Int64
  ) throws(SQLiteFailure) -> AppendOutcome.Place {
    try findClientMessage.bind(1, message.clientMessageID)
    try findClientMessage.bind(2, conversation)
    try findClientMessage.bind(3, message.sender.name)
    defer { findClientMessage.reset() }
    guard try findClientMessage.step() else {
      throw SQLiteFailure(kind: .corrupt, text: "a client message id is in its table, but cannot be found")
    }
    return .duplicate(
      sequence: findClientMessage.unsigned(at: 0), time: findClientMessage.integer(at: 1))
  }

  // MARK: Transactions

  func committed() {
    recentRuns += newRuns
    newRuns = 0
    waitingBytes = 0
  }

  func rolledBack() {
    newRuns = 0
    waiting = [:]
    waitingBytes = 0
  }

  // MARK: Index

  var indexIsDue: Bool { recentRuns >= recentRunsMost }

  /// Moves recent runs to the large index, where each page is then written once for many of them.
  func index() throws(SQLiteFailure) {
    try database.execute(
      "INSERT INTO run_index SELECT conversation, first_sequence, run FROM recent_run; DELETE FROM recent_run"
    )
  }

  func indexed() { recentRuns = 0 }
}

extension String {
  /// Lends the characters, as `withUTF8` does, and keeps the type of an error.
  fileprivate func lend<Value, Failure: Error>(
    _ body: (UnsafeBufferPointer<UInt8>) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    var text = self
    return try text.withUTF8 { bytes in Result { () throws(Failure) in try body(bytes) } }.get()
  }
}
