// The only file that knows SQLite's C interface.
import CSQLite

/// One connection to a SQLite file. Used by one thread at a time.
final class Database {
  enum Access {
    case readWrite
    case readOnly
  }

  private let connection: OpaquePointer
  /// Pages in the write-ahead log after this connection's last commit.
  private(set) var journalPages = 0

  /// Opens the file, and makes an empty one if there is none and writing is wanted.
  init(path: String, access: Access) throws(SQLiteFailure) {
    var flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE
    switch access {
    case .readWrite: flags |= SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
    case .readOnly: flags |= SQLITE_OPEN_READONLY
    }
    // SQLite gives names that do not look like a path a meaning of their own, as :memory:.
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path.hasPrefix("/") ? path : "./" + path, &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      defer { sqlite3_close_v2(opened) }
      throw SQLiteFailure(code, on: opened)
    }
    connection = opened
    // SQLite falls back to reading only, where the file may not be written.
    if access == .readWrite && sqlite3_db_readonly(connection, "main") != 0 {
      sqlite3_close_v2(connection)
      throw SQLiteFailure(kind: .readOnly, text: "attempt to write a readonly database")
    }
  }

  deinit {
    // Closes once the last statement is finalized.
    sqlite3_close_v2(connection)
  }

  /// Waits this long for a lock that another process holds.
  func setBusyTimeout(milliseconds: Int) {
    sqlite3_busy_timeout(connection, Int32(clamping: milliseconds))
  }

  /// Runs statements that have no parameters; their rows are dropped.
  func execute(_ sql: String) throws(SQLiteFailure) {
    let code = sqlite3_exec(connection, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw SQLiteFailure(code, on: connection) }
  }

  /// Compiles a statement for repeated use.
  func prepare(_ sql: String) throws(SQLiteFailure) -> Statement {
    var statement: OpaquePointer?
    let code = sqlite3_prepare_v3(
      connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
    guard code == SQLITE_OK, let statement else { throw SQLiteFailure(code, on: connection) }
    return Statement(statement, connection: connection, database: self)
  }

  /// The first column of the first row, as a number.
  func integer(_ sql: String) throws(SQLiteFailure) -> Int64 {
    let statement = try prepare(sql)
    return try statement.step() ? statement.integer(at: 0) : 0
  }

  /// The first column of the first row, as text.
  func text(_ sql: String) throws(SQLiteFailure) -> String {
    let statement = try prepare(sql)
    return try statement.step() ? statement.text(at: 0) : ""
  }

  /// Ends a transaction without effect, also one that SQLite has ended already.
  func rollback() {
    guard sqlite3_get_autocommit(connection) == 0 else { return }
    sqlite3_exec(connection, "ROLLBACK", nil, nil, nil)
  }

  /// Rows that the last insert, update or delete changed.
  var changes: Int { Int(sqlite3_changes(connection)) }

  /// The key that SQLite gave the last row inserted.
  var lastInsertedKey: Int64 { sqlite3_last_insert_rowid(connection) }

  // MARK: Copies

  /// Makes this database what another one is now, whatever is written to that one meanwhile.
  ///
  /// The other one keeps a read transaction until the end, so that it is one moment that is copied.
  ///
  /// - Parameters:
  ///   - pagesPerStep: pages that are copied between two calls of `progress`.
  ///   - progress: is told how many pages are copied, and how many there are.
  func copy(
    from source: Database, pagesPerStep: Int32, progress: (_ copied: Int, _ all: Int) -> Void
  ) throws(SQLiteFailure) {
    try source.execute("BEGIN; SELECT count(*) FROM sqlite_schema")
    defer { source.rollback() }
    guard let backup = sqlite3_backup_init(connection, "main", source.connection, "main") else {
      throw SQLiteFailure(sqlite3_errcode(connection), on: connection)
    }
    var code = SQLITE_OK
    while code == SQLITE_OK {
      code = sqlite3_backup_step(backup, max(1, pagesPerStep))
      let all = Int(sqlite3_backup_pagecount(backup))
      progress(all - Int(sqlite3_backup_remaining(backup)), all)
    }
    let end = sqlite3_backup_finish(backup)
    guard code == SQLITE_DONE, end == SQLITE_OK else {
      throw SQLiteFailure(code == SQLITE_DONE ? end : code, on: connection)
    }
  }

  // MARK: Write-ahead log

  /// Leaves moving the write-ahead log into the file to the caller, who watches ``journalPages``.
  func takeOverCheckpoints() {
    // Setting a hook of one's own ends SQLite's, which would do that inside a commit.
    sqlite3_wal_hook(
      connection,
      { database, _, _, pages in
        guard let database else { return SQLITE_OK }
        Unmanaged<Database>.fromOpaque(database).takeUnretainedValue().journalPages = Int(pages)
        return SQLITE_OK
      }, Unmanaged.passUnretained(self).toOpaque())
  }

  /// Makes durable what was committed, by this connection or another one.
  ///
  /// The connection must have read or written something.
  func syncJournal() throws(SQLiteFailure) { try sync(SQLITE_FCNTL_JOURNAL_POINTER) }

  /// Makes durable what was moved into the file.
  func syncFile() throws(SQLiteFailure) { try sync(SQLITE_FCNTL_FILE_POINTER) }

  private func sync(_ pointer: Int32) throws(SQLiteFailure) {
    let code = chat_sqlite_sync(connection, pointer)
    guard code == SQLITE_OK else { throw SQLiteFailure(code, on: connection) }
  }

  /// Leaves the write-ahead log as it is when the connection closes, where that would be the last one.
  func keepJournal() { chat_sqlite_keep_journal(connection) }

  /// Moves what it can of the write-ahead log into the file.
  ///
  /// - Parameter waiting: Wait for readers, so that all is moved and the log starts anew.
  func checkpoint(waiting: Bool) throws(SQLiteFailure) {
    let mode = waiting ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE
    let code = sqlite3_wal_checkpoint_v2(connection, nil, mode, nil, nil)
    guard code == SQLITE_OK else { throw SQLiteFailure(code, on: connection) }
  }
}

/// A compiled statement. Parameters count from 1, columns from 0.
final class Statement {
  private let statement: OpaquePointer
  private let connection: OpaquePointer
  private let database: Database

  fileprivate init(_ statement: OpaquePointer, connection: OpaquePointer, database: Database) {
    self.statement = statement
    self.connection = connection
    self.database = database
  }

  deinit { sqlite3_finalize(statement) }

  /// Moves to the next row.
  ///
  /// - Returns: False when there is none.
  func step() throws(SQLiteFailure) -> Bool {
    switch sqlite3_step(statement) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    case let code:
      let failure = SQLiteFailure(code, on: connection)
      reset()
      throw failure
    }
  }

  /// Runs a statement that has no rows, and makes it ready for the next time.
  func run() throws(SQLiteFailure) {
    _ = try step()
    reset()
  }

  /// Ends reading, and forgets the parameters.
  func reset() {
    sqlite3_reset(statement)
    sqlite3_clear_bindings(statement)
  }

  // MARK: Parameters

  func bind(_ index: Int32, _ value: Int64) throws(SQLiteFailure) {
    try check(sqlite3_bind_int64(statement, index, value))
  }

  /// Sequences and epochs stay below 2^63; a larger number means "beyond all".
  func bind(_ index: Int32, _ value: UInt64) throws(SQLiteFailure) {
    try bind(index, Int64(clamping: value))
  }

  /// Copies the text, because the storage of a short `String` does not stay where it is.
  func bind(_ index: Int32, _ value: String) throws(SQLiteFailure) {
    var value = value
    let code = value.withUTF8 { bytes in
      bytes.withMemoryRebound(to: CChar.self) { characters in
        guard let length = Int32(exactly: characters.count) else { return SQLITE_TOOBIG }
        // A null pointer would mean NULL.
        guard let base = characters.baseAddress else {
          return chat_sqlite_bind_static_text(statement, index, "", 0)
        }
        return chat_sqlite_bind_copied_text(statement, index, base, length)
      }
    }
    try check(code)
  }

  /// Lends the characters, which must stay valid until the statement has been stepped for the last time.
  func bindLent(_ index: Int32, _ text: UnsafeBufferPointer<UInt8>) throws(SQLiteFailure) {
    guard let length = Int32(exactly: text.count) else { throw SQLiteFailure(SQLITE_TOOBIG, on: connection) }
    guard text.baseAddress != nil else {
      // A null pointer would mean NULL.
      return try check(chat_sqlite_bind_static_text(statement, index, "", 0))
    }
    let code = text.withMemoryRebound(to: CChar.self) { characters in
      chat_sqlite_bind_static_text(statement, index, characters.baseAddress, length)
    }
    try check(code)
  }

  /// Lends the bytes, which must stay valid until ``reset()``.
  func bindLent(_ index: Int32, _ bytes: UnsafeRawBufferPointer) throws(SQLiteFailure) {
    guard let length = Int32(exactly: bytes.count) else { throw SQLiteFailure(SQLITE_TOOBIG, on: connection) }
    if let base = bytes.baseAddress, length > 0 {
      try check(chat_sqlite_bind_static_blob(statement, index, base, length))
    } else {
      try check(sqlite3_bind_zeroblob(statement, index, 0))
    }
  }

  // MARK: Columns

  func integer(at column: Int32) -> Int64 { sqlite3_column_int64(statement, column) }

  func unsigned(at column: Int32) -> UInt64 { UInt64(clamping: integer(at: column)) }

  func text(at column: Int32) -> String {
    guard let base = sqlite3_column_text(statement, column) else { return "" }
    let count = Int(sqlite3_column_bytes(statement, column))
    return String(decoding: UnsafeBufferPointer(start: base, count: count), as: UTF8.self)
  }

  /// Valid until the next step or reset.
  func blob(at column: Int32) -> UnsafeRawBufferPointer {
    let base = sqlite3_column_blob(statement, column)
    return UnsafeRawBufferPointer(start: base, count: Int(sqlite3_column_bytes(statement, column)))
  }

  private func check(_ code: Int32) throws(SQLiteFailure) {
    guard code == SQLITE_OK else { throw SQLiteFailure(code, on: connection) }
  }
}

extension SQLiteFailure {
  /// What the connection says of its last failure.
  fileprivate init(_ code: Int32, on connection: OpaquePointer?) {
    let systemError = connection.map { sqlite3_system_errno($0) } ?? 0
    // The connection's text may be of an earlier failure than the code.
    let known = connection.map { sqlite3_extended_errcode($0) } == code
    let text = known ? sqlite3_errmsg(connection) : sqlite3_errstr(code)
    self.init(
      kind: Self.kind(of: code), text: text.map { String(cString: $0) } ?? "error \(code)",
      resultCode: code, systemError: systemError)
  }

  /// What was to be synced may be lost, also where the next sync succeeds.
  var isOfSync: Bool { chat_sqlite_is_of_sync(resultCode) != 0 }

  private static func kind(of code: Int32) -> Kind {
    switch code & 0xff {
    case SQLITE_FULL: .full
    case SQLITE_BUSY, SQLITE_LOCKED: .locked
    case SQLITE_READONLY, SQLITE_PERM: .readOnly
    case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
    case SQLITE_CANTOPEN: .cannotOpen
    case SQLITE_CONSTRAINT, SQLITE_TOOBIG, SQLITE_MISMATCH, SQLITE_RANGE: .refused
    default: .io
    }
  }
}
