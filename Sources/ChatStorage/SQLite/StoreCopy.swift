public import ChatCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Makes a copy of a store: a backup of one that a broker uses, or a store again from a backup.
///
/// The copy is the store at one moment. It appears under its name when it is whole, checked and on stable storage. A
/// store that is opened from it takes a new epoch: messages that the copy lacks had sequences that it will give to
/// others.
public struct StoreCopy: Sendable {
  /// Pages that are copied between two looks at the progress.
  private static let pagesPerStep: Int32 = 1_024
  /// In the table `meta`: when the copy was made, in milliseconds since 1970. A store that was opened has none.
  private static let mark = "copied_at"
  /// How long a lock of another program on the copy is waited for, in milliseconds.
  private static let lockTimeout = 2_000
  /// How long, and how often, a broker is waited for that has to bring to the tables what it has answered.
  private static let settling = (milliseconds: 5_000, each: 5)

  /// The store.
  public let source: String
  /// Where the copy will be.
  public let target: String

  /// What was copied.
  public struct Result: Hashable, Sendable {
    /// The size of the copy.
    public let bytes: Int64
    /// Messages in all logs.
    public let messages: Int64
    /// Logs.
    public let conversations: Int64
  }

  /// Makes a wish for a copy.
  public init(from source: String, to target: String) {
    self.source = source
    self.target = target
  }

  /// Copies, checks, and gives the copy its name. Blocks meanwhile. A file of that name is replaced.
  ///
  /// - Parameters:
  ///   - time: now, in milliseconds since 1970.
  ///   - progress: is told how many bytes are copied, and how many there are.
  ///   - makeRoom: is called before the copy, which is whole and checked then, gets its name.
  /// - Throws: what is wrong with either file, and what to do about it. What was at the target is still there.
  public func make(
    at time: Int64, progress: (_ copied: Int64, _ all: Int64) -> Void,
    makeRoom: () throws(StoreError) -> Void = {}
  ) throws(StoreError) -> Result {
    let file = try PartialFile(target: target)
    do {
      let result = try fill(file.path, time, progress)
      try makeRoom()
      try file.finish()
      return result
    } catch {
      file.remove()
      throw error
    }
  }

  private func fill(
    _ path: String, _ time: Int64, _ progress: (Int64, Int64) -> Void
  ) throws(StoreError) -> Result {
    let store = try openSource()
    do throws(SQLiteFailure) {
      let pageSize = try store.integer("PRAGMA page_size")
      let copy = try Database(path: path, access: .readWrite)
      copy.setBusyTimeout(milliseconds: Self.lockTimeout)
      // It is made durable as a whole, at the end.
      try copy.execute("PRAGMA synchronous = OFF")
      try copy.copy(from: store, pagesPerStep: Self.pagesPerStep) { copied, all in
        progress(Int64(copied) * pageSize, Int64(all) * pageSize)
      }
      // One file, without a write-ahead log beside it.
      guard try copy.text("PRAGMA journal_mode = DELETE") == "delete" else {
        throw SQLiteFailure(kind: .io, text: "the copy keeps a write-ahead log")
      }
      try copy.execute("INSERT OR REPLACE INTO meta(key, value) VALUES ('\(Self.mark)', \(time))")
      let check = try copy.text("PRAGMA integrity_check(1)")
      guard check == "ok" else { throw SQLiteFailure(kind: .corrupt, text: check) }
      return Result(
        bytes: try copy.integer("PRAGMA page_count") * pageSize,
        messages: try copy.integer("SELECT coalesce(sum(count), 0) FROM run"),
        conversations: try copy.integer("SELECT count(*) FROM conversation"))
    } catch {
      throw error.storeError(path: path)
    }
  }

  private func openSource() throws(StoreError) -> Database {
    guard access(source, R_OK) == 0 else {
      throw StoreError(
        .io,
        "\(source) cannot be read (\(systemErrorText(errno))): name the store of a broker, or a backup of one"
      )
    }
    do {
      let store = try Database(path: source, access: .readOnly)
      store.setBusyTimeout(milliseconds: Self.lockTimeout)
      guard try Schema.recognise(store, path: source) > 0 else {
        throw StoreError(
          .corrupt, "\(source) is an empty file: name the store of a broker, or a backup of one")
      }
      try awaitSettled(store)
      return store
    } catch let failure as SQLiteFailure {
      throw failure.storeError(path: source)
    } catch let error as StoreError {
      throw error
    } catch {
      throw StoreError(.io, "cannot open \(source): \(error)")
    }
  }
}

// MARK: Redo log

extension StoreCopy {
  /// Returns when the tables have all that was answered before.
  private func awaitSettled(_ store: Database) throws {
    let epoch = UInt64(clamping: try store.integer("SELECT value FROM meta WHERE key = 'epoch'"))
    guard let redo = try RedoFile(reading: RedoLog.path(of: source)) else { return }
    // Its broker may be at the header just now.
    let last = try (try? records(redo, epoch)) ?? records(redo, epoch)
    for _ in 0...Self.settling.milliseconds / Self.settling.each {
      guard try store.integer("SELECT value FROM meta WHERE key = 'redo'") < Int64(clamping: last) else {
        return
      }
      if try recoverUnused(store) { return }
      usleep(UInt32(Self.settling.each) * 1_000)
    }
    throw StoreError(
      .busy,
      "\(source) does not have all yet that its broker has answered: see what keeps that from writing, then try again"
    )
  }

  private func records(_ redo: RedoFile, _ epoch: UInt64) throws -> UInt64 {
    try RedoRecords(try redo.contents(), epoch: epoch).last
  }

  /// Does what the next start of a broker would, which was killed.
  private func recoverUnused(_ store: Database) throws -> Bool {
    let lock: FileLock
    do throws(StoreError) {
      lock = try FileLock(store: source)
    } catch {
      // A broker uses it, or nothing can be changed here. That broker may be about to settle.
      guard error.code == .locked || error.code == .readOnly else { throw error }
      return false
    }
    defer { withExtendedLifetime(lock) {} }
    guard try Schema.recognise(store, path: source) == Schema.version else {
      throw StoreError(
        .version,
        "\(source) is of an older version, and its broker was killed: start that once more, then try again")
    }
    try SQLiteStore.Recovered(path: source, options: .init(), checkpointer: Checkpointer()).committer.close()
    return true
  }
}

extension StoreCopy {
  /// Gives all logs of a store that was made from a copy a new epoch, the first time that it is opened.
  static func renewEpochOfCopy(_ database: Database) throws(SQLiteFailure) {
    guard try database.integer("SELECT count(*) FROM meta WHERE key = '\(mark)'") > 0 else { return }
    do {
      let epoch = Int64.random(in: 1...Int64.max)
      try database.execute(
        """
        BEGIN IMMEDIATE;
        UPDATE meta SET value = \(epoch) WHERE key = 'epoch';
        UPDATE conversation SET epoch = \(epoch);
        DELETE FROM meta WHERE key = '\(mark)';
        COMMIT
        """)
    } catch {
      database.rollback()
      throw error
    }
  }
}
