import ChatCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Keeps a second process away from a store, by a lock on a file beside it.
///
/// SQLite itself would let both in; but each keeps what it knows of the logs in memory. The system gives
/// the lock up when the process ends, however it ends. The file stays, because removing it would let two
/// processes lock two different files.
final class FileLock: Sendable {
  private let descriptor: Int32

  /// - Parameter store: path of the store; the lock file's is the same with `.lock` at the end.
  init(store: String) throws(StoreError) {
    // Two links to one file must meet at one lock.
    let path = Self.resolved(store) + ".lock"
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Self.openError(errno, path: path, store: store) }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let code = errno
      let holder = Self.holder(descriptor)
      _ = close(descriptor)
      guard code == EWOULDBLOCK else {
        throw StoreError(
          .io, "cannot lock \(path) (\(systemErrorText(code))): use a file system that has locks")
      }
      throw StoreError(
        .locked,
        "\(store) is in use by \(holder): stop it first, or name another file; "
          + "a store has one broker at a time")
    }
    self.descriptor = descriptor
    writeHolder()
  }

  deinit { _ = close(descriptor) }

  private static func openError(_ code: Int32, path: String, store: String) -> StoreError {
    switch code {
    case EACCES, EPERM, EROFS:
      StoreError(
        .readOnly,
        "cannot make \(path) (\(systemErrorText(code))): make the directory writable for this "
          + "user, or name a file in another one")
    case ENOENT, ENOTDIR:
      StoreError(.io, "the directory of \(store) does not exist: make it, or name a file in another one")
    case ENOSPC, EDQUOT:
      StoreError(.full, "cannot make \(path), because the disk is full: free space and start again")
    default:
      StoreError(
        .io, "cannot make \(path) (\(systemErrorText(code))): look at the path and its directory")
    }
  }

  /// A path without links; what does not exist yet, as it is.
  static func resolved(_ path: String) -> String {
    guard let resolved = realpath(path, nil) else { return path }
    defer { free(resolved) }
    return String(cString: resolved)
  }

  private static func holder(_ descriptor: Int32) -> String {
    var bytes = [UInt8](repeating: 0, count: 20)
    let count = pread(descriptor, &bytes, bytes.count, 0)
    let digits = bytes.prefix(max(0, count)).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    return digits.isEmpty ? "another process" : "process \(String(decoding: digits, as: UTF8.self))"
  }

  /// Only people read the number, so a failure does no harm.
  private func writeHolder() {
    let text = Array("\(getpid())\n".utf8)
    guard ftruncate(descriptor, 0) == 0 else { return }
    _ = pwrite(descriptor, text, text.count, 0)
  }
}
