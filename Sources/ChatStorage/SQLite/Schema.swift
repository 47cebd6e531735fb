import ChatCore

/// The tables of a store, and how a file becomes one.
enum Schema {
  /// "Chat" in ASCII: tells a store from other programs' SQLite files.
  static let applicationID: Int64 = 0x4368_6174

  /// The oldest version that this program can bring up to date. Version 1 was never released.
  static let oldestVersion: Int64 = 2

  /// The statements that make an empty file one of ``oldestVersion``, and those that lead from one version to the
  /// next. Never change one that was released; add one.
  static let migrations = [
    // Docs/decisions/0008-runs-of-frames.md. Rows of run are in the order of arrival; client_message follows the
    // ids, which grow with time, whatever the conversation. recent_run is small and takes new runs; many at once
    // go from there to run_index, which is large. first_sequence of a conversation is 0 while the log
    // is empty; last_time orders a user's conversations; members is kept here, because every append tells it.
    """
    CREATE TABLE meta(key TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE conversation(
      id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, kind INTEGER NOT NULL, epoch INTEGER NOT NULL,
      first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL, last_time INTEGER NOT NULL,
      members INTEGER NOT NULL);
    CREATE TABLE run(
      id INTEGER PRIMARY KEY, conversation INTEGER NOT NULL, first_sequence INTEGER NOT NULL,
      count INTEGER NOT NULL, frames BLOB NOT NULL);
    CREATE TABLE run_index(
      conversation INTEGER NOT NULL, first_sequence INTEGER NOT NULL, run INTEGER NOT NULL,
      PRIMARY KEY(conversation, first_sequence)) WITHOUT ROWID;
    CREATE TABLE recent_run(
      conversation INTEGER NOT NULL, first_sequence INTEGER NOT NULL, run INTEGER NOT NULL,
      PRIMARY KEY(conversation, first_sequence)) WITHOUT ROWID;
    CREATE TABLE client_message(
      client_message_id TEXT NOT NULL, conversation INTEGER NOT NULL, sender TEXT NOT NULL,
      sequence INTEGER NOT NULL, time INTEGER NOT NULL,
      PRIMARY KEY(client_message_id, conversation, sender)) WITHOUT ROWID;
    CREATE TABLE member(
      user TEXT NOT NULL, conversation INTEGER NOT NULL, delivered INTEGER NOT NULL,
      joined INTEGER NOT NULL, PRIMARY KEY(user, conversation)) WITHOUT ROWID;
    """,
    // Version 3: read marks, and lists of members. What was delivered before is not known to have been read.
    """
    ALTER TABLE member ADD COLUMN read INTEGER NOT NULL DEFAULT 0;
    CREATE INDEX member_of_conversation ON member(conversation, user);
    """,
    // Version 4: the last group of writes that the tables have; later ones are in the redo log, which a program of an
    // earlier version would not look into. Docs/decisions/0022-a-redo-log-before-the-tables.md
    """
    INSERT INTO meta(key, value) VALUES ('redo', 0);
    """,
  ]

  /// The version that this program writes.
  static var version: Int64 { oldestVersion + Int64(migrations.count) - 1 }

  /// Recognises the file, brings it to the current version, and returns the store's epoch.
  static func prepare(_ database: Database, path: String, checkedBytes: Int) throws(StoreError) -> UInt64 {
    do {
      let old = try recognise(database, path: path)
      try configure(database)
      if old > 0 { try check(database, checkedBytes: checkedBytes) }
      if old < version { try migrate(database, from: old) }
      try StoreCopy.renewEpochOfCopy(database)
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
  static func recognise(_ database: Database, path: String) throws -> Int64 {
    let application = try database.integer("PRAGMA application_id")
    let found = try database.integer("PRAGMA user_version")
    let tables = try database.integer("SELECT count(*) FROM sqlite_schema")
    if application == 0 && found == 0 && tables == 0 { return 0 }
    guard application == applicationID, found > 0 else {
      throw StoreError(
        .corrupt, "\(path) is a SQLite file of another program: it was left as it is; name another file")
    }
    guard found >= oldestVersion else {
      throw StoreError(
        .version,
        "\(path) was made by a development version of this program, which no release can read: "
          + "start with a new folder")
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
    // FULL: a commit returns when it is on stable storage.
    try database.execute("PRAGMA synchronous = FULL; PRAGMA fullfsync = ON; PRAGMA temp_store = MEMORY")
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
      let done = old == 0 ? 0 : old - oldestVersion + 1
      for migration in migrations.dropFirst(Int(clamping: done)) { try database.execute(migration) }
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
