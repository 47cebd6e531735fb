import Logging

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What `serve` was told: flags, else the environment, else defaults.
struct ServeSettings: Sendable, Equatable {
  /// The flags as they were typed; `nil` where there was none.
  struct Flags: Sendable {
    var host: String?
    var port: String?
    var data: String?
    var loops: String?
    var logLevel: String?
    var allowInsecureRemote = false
  }

  static let defaultHost = "127.0.0.1"
  static let defaultPort = 7400
  static let loopsAllowed = 1...1024
  /// The cores of this machine.
  static var cores: Int { min(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))), loopsAllowed.upperBound) }

  let host: String
  /// 0: any free one.
  let port: Int
  /// The directory of the store.
  let data: String
  /// `nil`: one for each core.
  let loops: Int?
  /// `nil`: what fits to where the output goes.
  let logLevel: Logger.Level?
  let allowInsecureRemote: Bool

  init(flags: Flags, environment: Environment) throws(CommandFailure) {
    let host = Setting.read(
      "host", flag: "--host", value: flags.host, variable: "CHAT_HOST", in: environment)
    if let host, host.text.isEmpty || host.text.utf8.contains(where: { $0 <= 32 || $0 == 127 }) {
      throw host.failure(allowed: "a host name or an IP address")
    }
    self.host = host?.text ?? Self.defaultHost
    port =
      try Setting.read("port", flag: "--port", value: flags.port, variable: "CHAT_PORT", in: environment)?
      .number(in: 0...65_535) ?? Self.defaultPort
    loops =
      try Setting.read("loops", flag: "--loops", value: flags.loops, variable: "CHAT_LOOPS", in: environment)?
      .number(in: Self.loopsAllowed)
    data = try Self.dataDirectory(flags: flags, environment: environment)
    logLevel = try Self.logLevel(flags: flags, environment: environment)
    if flags.allowInsecureRemote {
      allowInsecureRemote = true
    } else {
      allowInsecureRemote =
        try Setting.read(
          "allow-insecure-remote", flag: "--allow-insecure-remote", value: nil,
          variable: "CHAT_ALLOW_INSECURE_REMOTE", in: environment)?.truth() ?? false
    }
    try refuseInsecureRemote()
  }

  private static func dataDirectory(
    flags: Flags, environment: Environment
  ) throws(CommandFailure) -> String {
    let setting = Setting.read(
      "data directory", flag: "--data", value: flags.data, variable: "CHAT_DATA", in: environment)
    if let setting {
      guard !setting.text.isEmpty else { throw setting.failure(allowed: "the path of a directory") }
      return setting.text
    }
    // By the XDG specification a relative path in this variable is to be ignored.
    if let base = environment["XDG_DATA_HOME"], base.hasPrefix("/") { return base + "/chat-broker" }
    if let home = environment["HOME"] { return home + "/.local/share/chat-broker" }
    throw CommandFailure(
      .configuration,
      "no data directory: neither XDG_DATA_HOME nor HOME is set; name one with --data DIR or CHAT_DATA=DIR")
  }

  private static func logLevel(flags: Flags, environment: Environment) throws(CommandFailure) -> Logger.Level?
  {
    let setting = Setting.read(
      "log level", flag: "--log-level", value: flags.logLevel, variable: "CHAT_LOG_LEVEL", in: environment)
    guard let setting else { return nil }
    guard let level = Logger.Level(rawValue: setting.text.lowercased()) else {
      throw setting.failure(
        allowed: Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return level
  }

  private func refuseInsecureRemote() throws(CommandFailure) {
    guard !allowInsecureRemote, !Loopback.contains(host) else { return }
    throw CommandFailure(
      .configuration,
      "refusing to listen on \(TerminalText.escape(host)), which other machines can reach: there is no "
        + "authentication, so anybody could read and write everything as any user; use --host 127.0.0.1, or "
        + "--allow-insecure-remote (CHAT_ALLOW_INSECURE_REMOTE=true) if that network is trusted")
  }
}
