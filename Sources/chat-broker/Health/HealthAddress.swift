import ChatServer

/// Where a broker on this machine says how it is.
enum HealthAddress {
  static let path = "/health"
  static let standard = url(
    scheme: "http", host: AdminConfiguration.standard.host, port: AdminConfiguration.standard.port)

  /// The option's, else where the settings let the broker listen.
  static func url(option: String?, settings: Settings) throws(CommandFailure) -> String {
    if let option { return try url(option: option) }
    guard let port = settings.adminPort, port != 0 else {
      let reason =
        settings.adminPort == nil
        ? "leaves the broker without an admin listener" : "lets the admin listener take any free port"
      throw CommandFailure(
        .unhealthy,
        "nobody knows whom to ask: admin.port (CHAT_ADMIN_PORT) \(reason); name an address with --url")
    }
    return url(
      scheme: settings.adminTLS.configuration == nil ? "http" : "https", host: settings.adminHost, port: port)
  }

  private static func url(option: String) throws(CommandFailure) -> String {
    guard ["http://", "https://"].contains(where: option.hasPrefix) else {
      throw CommandFailure(
        .usage, "--url \"\(TerminalText.escape(option))\" is not allowed: use http://host:port or https://…")
    }
    let hasPath = option.drop { $0 != ":" }.dropFirst(3).contains("/")
    return hasPath ? option : option + path
  }

  private static func url(scheme: String, host: String, port: Int) -> String {
    // What listens on all addresses is asked on this machine's own.
    let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][host] ?? host
    return "\(scheme)://\(host.contains(":") ? "[\(host)]" : host):\(port)\(path)"
  }
}

extension AdminConfiguration {
  /// Where operators come if nothing else is said.
  fileprivate static let standard = AdminConfiguration(key: "")
}
