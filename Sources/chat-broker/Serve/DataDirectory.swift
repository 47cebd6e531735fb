#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The directory of the store.
enum DataDirectory {
  /// Where it is if nothing else is said; nil: the environment names no home.
  static func `default`(_ environment: Environment) -> String? {
    // By the XDG specification a relative path in this variable is to be ignored.
    if let base = environment["XDG_DATA_HOME"], base.hasPrefix("/") { return base + "/chat-broker" }
    return environment["HOME"].map { $0 + "/.local/share/chat-broker" }
  }

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
      if TextFile.isDirectory(prefix) { continue }
      throw failure(path, String(cString: strerror(reason)))
    }
    guard TextFile.isDirectory(path) else { throw failure(path, "there is a file of that name") }
    guard access(path, R_OK | W_OK | X_OK) == 0 else {
      throw failure(path, String(cString: strerror(errno)))
    }
  }

  /// The directory that a command works on.
  ///
  /// - Parameter option: what the command line says; else `CHAT_DATA` does.
  static func path(option: String?, environment: Environment) throws(CommandFailure) -> String {
    if let option, !option.isEmpty { return option }
    if let path = environment["CHAT_DATA"] ?? `default`(environment) { return path }
    throw CommandFailure(.configuration, "no data directory: name one with --data DIR or CHAT_DATA=DIR")
  }

  /// The same, if it is there.
  static func existing(option: String?, environment: Environment) throws(CommandFailure) -> String {
    let path = try path(option: option, environment: environment)
    guard TextFile.isDirectory(path) else {
      throw CommandFailure(
        .inputOutput, "there is no data directory \(TerminalText.escape(path)): name one with --data DIR")
    }
    return path
  }

  private static func failure(_ path: String, _ reason: String) -> CommandFailure {
    CommandFailure(
      .inputOutput,
      "cannot use the data directory \(TerminalText.escape(path)): \(reason); name another with --data DIR")
  }
}
