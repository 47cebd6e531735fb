/// Which pages may open a WebSocket. Browsers name the page's origin; other clients send none, and are let in.
///
/// Without this any page in the world could chat as a user whose browser can reach the broker (RFC 6455,
/// section 10.2).
struct OriginRules: Sendable {
  /// Origins besides the broker's own; `*`: any.
  let allowed: [String]
  /// - Parameters:
  ///   - origin: the Origin header, such as `https://chat.example`.
  ///   - host: the Host header, such as `chat.example:7480`.
  ///   - isLoopback: the connection came over this machine's own network. A name is not trusted then, because
  ///     anybody's can be made to lead there (DNS rebinding); behind a proxy its origin has to be allowed.
  ///   - isEncrypted: the broker itself ends TLS. A page that came without could be anybody's.
  func allows(_ origin: String?, host: String?, isLoopback: Bool, isEncrypted: Bool) -> Bool {
    guard let origin else { return true }
    let wanted = origin.lowercased()
    if allowed.contains(where: { $0 == "*" || $0.lowercased() == wanted }) { return true }
    guard let host = host?.lowercased(), !host.isEmpty, !isLoopback || Self.isAddress(host) else {
      return false
    }
    if wanted == "https://" + host || wanted == "https://" + host + ":443" { return true }
    // Whoever ends TLS before the broker may have taken the default port away.
    return !isEncrypted && (wanted == "http://" + host || wanted == "http://" + host + ":80")
  }

  /// `localhost` or an IP address, with or without a port.
  private static func isAddress(_ host: String) -> Bool {
    if host.hasPrefix("[") { return true }
    let name = host.prefix { $0 != ":" }
    return name == "localhost" || name.allSatisfy { $0.isNumber || $0 == "." }
  }
}
