import ChatCore
import ChatStorage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Copies of a store, for commands.
enum StoreFile {
  /// What a store that a restore has replaced is called after.
  static let replacedSuffix = ".replaced"
  /// What is beside a store that was not closed. Beside another store it would damage that.
  private static let companions = ["-wal", "-shm", "-redo"]

  /// How every file of SQLite begins.
  private static let beginning = "SQLite format 3\0"

  /// Copies, with the progress on a terminal.
  ///
  /// - Parameter makeRoom: is called before the copy gets its name.
  static func copy(
    from source: String, to target: String, makeRoom: () throws(StoreError) -> Void = {}
  ) throws(CommandFailure) -> StoreCopy.Result {
    // What people say to each other is nobody else's, in a copy too.
    umask(0o077)
    var progress = CopyProgress(isShown: Terminal.isStatus)
    defer { progress.end() }
    do throws(StoreError) {
      return try StoreCopy(from: source, to: target).make(
        at: now, progress: { progress.show($0, of: $1) }, makeRoom: makeRoom)
    } catch {
      throw CommandFailure(.inputOutput, error.message)
    }
  }

  /// Puts a copy in the place of a store that no broker uses.
  static func restore(from backup: String, to store: String) throws(CommandFailure) -> StoreCopy.Result {
    let lock: StoreLock
    do throws(StoreError) {
      // Kept until the end, so that no broker starts meanwhile.
      lock = try StoreLock(store: store)
    } catch {
      throw CommandFailure(.inputOutput, error.message)
    }
    defer { withExtendedLifetime(lock) {} }
    try checkBackup(backup)
    return try copy(from: backup, to: store) { () throws(StoreError) in try moveAway(store) }
  }

  /// What is no store at all would be called a damaged one, for which to bring a backup.
  private static func checkBackup(_ path: String) throws(CommandFailure) {
    do throws(FileFailure) {
      let bytes = try TextFile.beginning(of: path, bytes: beginning.utf8.count)
      guard bytes == Array(beginning.utf8) else { throw FileFailure(reason: "it is no store") }
    } catch {
      throw CommandFailure(
        .inputOutput,
        "\(TerminalText.escape(path)) is no backup (\(error.reason)): name a file that `chat-broker backup` has made"
      )
    }
  }

  static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

  static func isSame(_ one: String, _ other: String) -> Bool {
    var first = stat()
    var second = stat()
    return stat(one, &first) == 0 && stat(other, &second) == 0 && first.st_dev == second.st_dev
      && first.st_ino == second.st_ino
  }

  static func json(_ result: StoreCopy.Result, file: String) -> String {
    var object = JSONLine()
    object.add("file", file)
    object.add("bytes", UInt64(clamping: result.bytes))
    object.add("messages", UInt64(clamping: result.messages))
    object.add("conversations", UInt64(clamping: result.conversations))
    return object.text
  }

  private static var now: Int64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// With what belongs to it; also what a broker that was killed has left of a store that is gone.
  private static func moveAway(_ store: String) throws(StoreError) {
    guard !exists(store) || !exists(store + replacedSuffix) else {
      throw StoreError(
        .io,
        "\(store + replacedSuffix) is there already, of a restore before: move it away or remove it, then try again"
      )
    }
    // The store first: whatever a broken off restore leaves, nothing of the two stores is mixed or lost.
    for name in [""] + companions where exists(store + name) {
      let old = store + name
      let new = store + replacedSuffix + name
      guard rename(old, new) == 0 else {
        throw StoreError(
          .io,
          "cannot rename \(old) to \(new) (\(String(cString: strerror(errno)))): look at the directory, then try again"
        )
      }
    }
  }
}
