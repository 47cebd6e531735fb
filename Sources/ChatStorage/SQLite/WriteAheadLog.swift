#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The file of SQLite's write-ahead log, where SQLite itself cannot help.
enum WriteAheadLog {
  private static let pieceBytes = 1024 * 1024

  /// There is one with contents: who used the store last has not closed it.
  static func isThere(of store: String) -> Bool {
    var status = stat()
    return stat(FileLock.resolved(store) + "-wal", &status) == 0 && status.st_size > 0
  }

  /// Writes all that is in it again, and syncs it.
  ///
  /// After a sync that failed, the system holds pages for clean that never reached the disk, and another sync leaves them
  /// out. To be called when a store is opened, before anything is written to the log.
  static func writeAgain(of store: String) throws(SQLiteFailure) {
    let path = FileLock.resolved(store) + "-wal"
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    if descriptor < 0 && errno == ENOENT { return }
    guard descriptor >= 0 else { throw SQLiteFailure(kind: .io, text: path, systemError: errno) }
    // The locks of SQLite are on another file, so closing this one gives none of them up.
    defer { _ = close(descriptor) }
    var piece = [UInt8](repeating: 0, count: pieceBytes)
    var offset: off_t = 0
    while true {
      let count = pread(descriptor, &piece, piece.count, offset)
      if count < 0 && errno == EINTR { continue }
      if count == 0 { break }
      guard count > 0, pwrite(descriptor, piece, count, offset) == count else {
        throw SQLiteFailure(kind: .io, text: "writing \(path) again", systemError: errno)
      }
      offset += off_t(count)
    }
    guard fsync(descriptor) == 0 else { throw SQLiteFailure(kind: .io, text: path, systemError: errno) }
  }
}
