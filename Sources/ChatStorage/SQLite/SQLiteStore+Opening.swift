import ChatCore

extension SQLiteStore {
  /// The tables of a store that was brought up to date, with all that the redo log had.
  struct Recovered {
    let epoch: UInt64
    let tables: LogTables
    let committer: Committer

    init(path: String, options: Options, checkpointer: Checkpointer) throws(StoreError) {
      let wasLeft = WriteAheadLog.isThere(of: path)
      let database: Database
      do throws(SQLiteFailure) {
        database = try Database(path: path, access: .readWrite)
        database.takeOverCheckpoints()
      } catch {
        throw error.storeError(path: path)
      }
      database.setBusyTimeout(milliseconds: options.lockTimeout)
      epoch = try Schema.prepare(database, path: path, checkedBytes: options.checkedBytes)
      do throws(SQLiteFailure) {
        try database.execute(
          """
          PRAGMA cache_size = -\(max(1, options.pageCacheBytes / 1024));
          PRAGMA journal_size_limit = \(max(0, min(2 * options.journalBytes, options.journalBytesMost)))
          """)
        tables = try LogTables(database: database, epoch: epoch, options: options)
        committer = try Committer(
          tables: tables, redo: try RedoLog(store: path, epoch: epoch, bytes: options.redoBytes),
          checkpointer: checkpointer, path: path, wasLeft: wasLeft, options: options)
      } catch {
        throw error.storeError(path: path)
      }
    }
  }

  /// What the threads beside the writer work with.
  struct Connections {
    let checkpoints: Database
    let readers: [LogReader]

    init(path: String, epoch: UInt64, options: Options) throws(StoreError) {
      do throws(SQLiteFailure) {
        checkpoints = try Self.checkpoints(path: path, options: options)
        var readers: [LogReader] = []
        for _ in 0..<max(1, options.readers) {
          readers.append(try Self.reader(path: path, epoch: epoch, options: options))
        }
        self.readers = readers
      } catch {
        throw error.storeError(path: path)
      }
    }

    private static func checkpoints(path: String, options: Options) throws(SQLiteFailure) -> Database {
      let database = try Database(path: path, access: .readWrite)
      database.setBusyTimeout(milliseconds: options.lockTimeout)
      try database.execute("PRAGMA checkpoint_fullfsync = ON")
      // Opens the write-ahead log, which it will sync.
      _ = try database.integer("SELECT count(*) FROM meta")
      return database
    }

    private static func reader(
      path: String, epoch: UInt64, options: Options
    ) throws(SQLiteFailure) -> LogReader {
      let database = try Database(path: path, access: .readOnly)
      database.setBusyTimeout(milliseconds: options.lockTimeout)
      try database.execute(
        """
        PRAGMA query_only = ON; PRAGMA temp_store = MEMORY;
        PRAGMA cache_size = -\(max(1, options.pageCacheBytes / 1024))
        """)
      return try LogReader(database: database, path: path, epoch: epoch)
    }
  }
}
