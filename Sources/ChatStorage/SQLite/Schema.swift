import ChatCore

/// The tables of a store, and how a file becomes one.
enum Schema {
  /// "Chat" in ASCII: tells a store from other programs' SQLite files.
  static let applicationID: Int64 = 0x4368_6174

  /// The statements that lead from one version to the next. Never change one that was released; add one.
  static let migrations = [
    // A rowid table: Docs/decisions/0002-sqlite-layout.md. first_sequence is 0 while the log is empty;
    // last_time orders a user's conversations; members is kept here, because every append tells it.
    """
    CREATE TABLE meta(key TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE conversation(
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, epoch INTEGER NOT NULL,
      first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL, last_time INTEGER NOT NULL,
      members INTEGER NOT NULL);
    CREATE TABLE message(
      conversation INTEGER NOT NULL, sequence INTEGER NOT NULL, sender TEXT NOT NULL,
      client_message_id TEXT NOT NULL, time INTEGER NOT NULL, content_type TEXT NOT NULL,
      traceparent TEXT NOT NULL, body BLOB NOT NULL, UNIQUE(conversation, sequence));
    CREATE UNIQUE INDEX message_client_id ON message(conversation, sender, client_message_id)
      WHERE client_message_id <> '';
    CREATE TABLE member(
      user TEXT NOT NULL, conversation INTEGER NOT NULL, delivered INTEGER NOT NULL,
      joined INTEGER NOT NULL, PRIMARY KEY(user, conversation)) WITHOUT ROWID;
    """
  ]

  /// The version that this program writes.
  static var version: Int64 { Int64(migrations.count) }

  /// Recognises the file, brings it to the current version, and returns the store's epoch.
  static func prepare(_ database: Database, path: String, checkedBytes: Int) throws(StoreError) -> UInt64 {
    do {
      let old = try recognise(database, path: path)
      try configure(database)
      if old > 0 { try check(database, checkedBytes: checkedBytes) }
      if old < version { try migrate(database, from: old) }
      let epoch = try database.integer("SELECT value FROM meta WHERE key = 'epoch'")
      guard epoch > 0 else {
        throw SQLiteFailure(kind: .corrupt, text: "the epoch is missing")
      }
      return UInt64(epoch)
    } catch let failure as SQLiteFailure {
      throw failure.storeError(path: path)
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.io, "cannot prepare \(path): \(error)")
    }
  }

  /// Changes nothing, so that a file of another program stays as it is.
  ///
  /// - Returns: The file's version; 0: it is empty.
  private static func recognise(_ database: Database, path: String) throws -> Int64 {
    let application = try database.integer("PRAGMA application_id")
    let found = try database.integer("PRAGMA user_version")
    let tables = try database.integer("SELECT count(*) FROM sqlite_schema")
    if application == 0 && found == 0 && tables == 0 { return 0 }
    guard application == applicationID, found > 0 else {
      throw StoreError(
        .corrupt, "\(path) is a SQLite file of another program: it was left as it is; name another file")
    }
    guard found <= version else {
      throw StoreError(
        .version,
        "\(path) has schema version \(found), and this program knows versions up to \(version): run the "
          + "newer program, or put back the backup made before the update")
    }
    return found
  }

  private static func configure(_ database: Database) throws(SQLiteFailure) {
    let mode = try database.text("PRAGMA journal_mode = WAL")
    guard mode == "wal" else {
      throw SQLiteFailure(
        kind: .io, text: "the file system has no shared memory for a write-ahead log; journal mode is \(mode)"
      )
    }
    // FULL: a commit returns when it is on stable storage. That is what an acknowledgement promises.
    try database.execute("PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY")
  }

  /// Reading all of a large file would delay the start, so damage inside one shows when it is read.
  private static func check(_ database: Database, checkedBytes: Int) throws(SQLiteFailure) {
    let pages = try database.integer("PRAGMA page_count")
    let pageSize = try database.integer("PRAGMA page_size")
    guard pages <= Int64(checkedBytes) / max(1, pageSize) else { return }
    let result = try database.text("PRAGMA quick_check(1)")
    guard result == "ok" else { throw SQLiteFailure(kind: .corrupt, text: result) }
  }

  private static func migrate(_ database: Database, from old: Int64) throws(SQLiteFailure) {
    do {
      try database.execute("BEGIN IMMEDIATE")
      for migration in migrations.dropFirst(Int(clamping: old)) { try database.execute(migration) }
      if old == 0 {
        let epoch = try database.prepare("INSERT INTO meta(key, value) VALUES ('epoch', ?1)")
        try epoch.bind(1, Int64.random(in: 1...Int64.max))
        try epoch.run()
      }
      try database.execute("PRAGMA application_id = \(applicationID); PRAGMA user_version = \(version)")
      try database.execute("COMMIT")
    } catch {
      database.rollback()
      throw error
    }
  }
}
