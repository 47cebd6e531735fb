#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The directory of the store.
enum DataDirectory {
  /// Creates it and what is missing above it, for this user only. One that exists is left as it is.
  static func create(_ path: String) throws(CommandFailure) {
    // The store makes files in it, which hold what people say to each other: they are nobody else's either.
    umask(0o077)
    var prefix = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
      prefix += prefix.isEmpty || prefix.hasSuffix("/") ? String(part) : "/" + part
      guard mkdir(prefix, 0o700) != 0, errno != EEXIST else { continue }
      let reason = errno
      // A directory above may exist where creating is forbidden or read-only.
      if isDirectory(prefix) { continue }
      throw failure(path, String(cString: strerror(reason)))
    }
    guard isDirectory(path) else { throw failure(path, "there is a file of that name") }
    guard access(path, R_OK | W_OK | X_OK) == 0 else {
      throw failure(path, String(cString: strerror(errno)))
    }
  }

  private static func isDirectory(_ path: String) -> Bool {
    var status = stat()
    return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
  }

  private static func failure(_ path: String, _ reason: String) -> CommandFailure {
    CommandFailure(
      .inputOutput,
      "cannot use the data directory \(TerminalText.escape(path)): \(reason); name another with --data DIR")
  }
}
