import NIOCore

extension SocketAddress {
  /// 127.0.0.0/8, ::1, or the former written as the latter.
  var isLoopback: Bool {
    guard let address = ipAddress else { return false }
    return address == "::1" || address.hasPrefix("127.") || address.hasPrefix("::ffff:127.")
  }

  /// `127.0.0.1:7400`, `[::1]:7400`.
  var hostAndPort: String {
    let host = ipAddress ?? description
    let port = port.map { ":\($0)" } ?? ""
    return host.contains(":") ? "[\(host)]\(port)" : host + port
  }
}
