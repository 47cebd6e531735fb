import ChatCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A failure as SQLite reports it, before it is put into a sentence for people.
struct SQLiteFailure: Error {
  enum Kind {
    case full
    case io
    case locked
    case readOnly
    case corrupt
    case cannotOpen
    /// One statement's values were not accepted; others may be.
    case refused
  }

  let kind: Kind
  /// SQLite's own words.
  let text: String
  let resultCode: Int32

  init(kind: Kind, text: String, resultCode: Int32 = 0, systemError: Int32 = 0) {
    // A full disk shows itself in many results: when shared memory cannot grow, it is an I/O error.
    switch (kind, systemError) {
    case (.io, ENOSPC), (.io, EDQUOT), (.cannotOpen, ENOSPC), (.cannotOpen, EDQUOT): self.kind = .full
    case (.cannotOpen, EACCES), (.cannotOpen, EPERM), (.cannotOpen, EROFS): self.kind = .readOnly
    default: self.kind = kind
    }
    let showsSystemError = systemError != 0 && (kind == .io || kind == .cannotOpen)
    self.text = showsSystemError ? "\(text): \(systemErrorText(systemError))" : text
    self.resultCode = resultCode
  }

  /// For the store's users: what happened to which file, and what to do next.
  func storeError(path: String) -> StoreError {
    switch kind {
    case .full:
      StoreError(.full, "the disk that holds \(path) is full: free space; writing then goes on by itself")
    case .io:
      StoreError(
        .io,
        "reading or writing \(path) failed (\(text), SQLite \(resultCode)): look at the disk; "
          + "a later attempt may succeed")
    case .locked:
      StoreError(
        .locked, "another program holds a lock on \(path): end it; a later attempt may succeed")
    case .readOnly:
      StoreError(
        .readOnly,
        "\(path) may not be written: make the file and its directory writable for this user, "
          + "and the file system not read-only, or name another file")
    case .corrupt:
      StoreError(
        .corrupt,
        "\(path) is damaged (\(text)): move it away together with its -wal, -shm and -redo files, and "
          + "put a backup in its place or start with an empty store")
    case .cannotOpen:
      StoreError(
        .io, "cannot open \(path) (\(text)): make sure that its directory exists and that it is a file")
    case .refused:
      StoreError(
        .io, "\(path) did not take the values of a write (\(text), SQLite \(resultCode)): please report this")
    }
  }
}

/// The system's words for an `errno`.
func systemErrorText(_ code: Int32) -> String {
  var buffer = [CChar](repeating: 0, count: 256)
  // Not strerror, which is not safe on several threads. Both variants of the function, with an int or with
  // a text as result, exist; a result in static memory leaves the buffer empty.
  _ = strerror_r(code, &buffer, buffer.count)
  let text = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  return text.isEmpty ? "system error \(code)" : text
}
