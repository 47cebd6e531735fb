import ChatServer

/// Where a broker on this machine says how it is.
enum HealthAddress {
  static let path = "/health"
  static let standard = url(
    host: AdminConfiguration.standard.host, port: String(AdminConfiguration.standard.port))

  /// The option's, else where the environment lets the broker listen.
  static func url(option: String?, environment: Environment) throws(CommandFailure) -> String {
    if let option {
      guard ["http://", "https://"].contains(where: option.hasPrefix) else {
        throw CommandFailure(
          .usage, "--url \"\(TerminalText.escape(option))\" is not allowed: use http://host:port or https://…"
        )
      }
      let hasPath = option.drop { $0 != ":" }.dropFirst(3).contains("/")
      return hasPath ? option : option + path
    }
    let port = environment["CHAT_ADMIN_PORT"] ?? String(AdminConfiguration.standard.port)
    let noPort = SettingType<Int?>.noPort
    guard port != noPort else {
      throw CommandFailure(
        .unhealthy,
        "there is nothing to ask: CHAT_ADMIN_PORT=\(noPort) leaves the broker without an "
          + "admin listener; name another one with --url")
    }
    return url(host: environment["CHAT_ADMIN_HOST"] ?? AdminConfiguration.standard.host, port: port)
  }

  private static func url(host: String, port: String) -> String {
    // What listens on all addresses is asked on this machine's own.
    let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][host] ?? host
    return "http://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
  }
}

extension AdminConfiguration {
  /// Where operators come if nothing else is said.
  fileprivate static let standard = AdminConfiguration(key: "")
}
