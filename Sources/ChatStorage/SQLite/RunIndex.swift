import ChatCore

/// One of the two tables that find the runs of a log: see ``Schema``. Used by one reader.
struct RunIndex {
  private let findStart: Statement
  private let findFrom: Statement
  private let findBefore: Statement

  init(table: String, database: Database) throws(SQLiteFailure) {
    findStart = try database.prepare(
      """
      SELECT first_sequence FROM \(table) WHERE conversation = ?1 AND first_sequence <= ?2
      ORDER BY first_sequence DESC LIMIT 1
      """)
    // CROSS JOIN: in the order of the index, row for row.
    let runs =
      """
      SELECT run.first_sequence, run.count, run.frames FROM \(table) AS place CROSS JOIN run ON run.id = place.run
      WHERE place.conversation = ?1 AND place.first_sequence
      """
    findFrom = try database.prepare(runs + " >= ?2 ORDER BY place.first_sequence")
    findBefore = try database.prepare(runs + " < ?2 ORDER BY place.first_sequence DESC")
  }

  /// Where the last run starts that starts at `sequence` or before it; nil: there is none.
  func start(of sequence: UInt64, conversation: Int64) throws(SQLiteFailure) -> UInt64? {
    try findStart.bind(1, conversation)
    try findStart.bind(2, sequence)
    defer { findStart.reset() }
    return try findStart.step() ? findStart.unsigned(at: 0) : nil
  }

  /// Adds the runs that start at `sequence` or behind it.
  ///
  /// - Returns: Whether the page wants further ones.
  func read(
    from sequence: UInt64, conversation: Int64, into page: inout PageBuilder
  ) throws(SQLiteFailure) -> Bool {
    try read(findFrom, conversation, sequence, &page)
  }

  /// Adds the runs that start before `sequence`, the last one first.
  ///
  /// - Returns: Whether the page wants further ones.
  func read(
    before sequence: UInt64, conversation: Int64, into page: inout PageBuilder
  ) throws(SQLiteFailure) -> Bool {
    try read(findBefore, conversation, sequence, &page)
  }

  private func read(
    _ statement: Statement, _ conversation: Int64, _ sequence: UInt64, _ page: inout PageBuilder
  ) throws(SQLiteFailure) -> Bool {
    try statement.bind(1, conversation)
    try statement.bind(2, sequence)
    defer { statement.reset() }
    while try statement.step() {
      let first = statement.unsigned(at: 0)
      let more = page.add(
        statement.blob(at: 2), firstSequence: first, count: Int(clamping: statement.integer(at: 1)))
      guard let more else {
        throw SQLiteFailure(kind: .corrupt, text: "the run of messages from \(first) is not as it was stored")
      }
      if !more { return false }
    }
    return true
  }
}
