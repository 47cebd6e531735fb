import ChatServer

/// Where a broker listens: `host:port`, with brackets around an IPv6 address.
struct ServerAddress: Hashable, Sendable, CustomStringConvertible {
  static let `default` = ServerAddress(host: ServerConfiguration().host, port: defaultPort)
  private static let defaultPort = ServerConfiguration().port

  let host: String
  let port: Int

  init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// Reads `host`, `host:port`, `[::1]` or `[::1]:port`; `nil` if it is none of them.
  init?(_ text: String) {
    guard !text.utf8.contains(where: { $0 <= 32 || $0 == 127 }) else { return nil }
    let host: Substring
    let rest: Substring
    if text.hasPrefix("[") {
      guard let end = text.firstIndex(of: "]") else { return nil }
      host = text[text.index(after: text.startIndex)..<end]
      rest = text[text.index(after: end)...]
    } else {
      let end = text.firstIndex(of: ":") ?? text.endIndex
      host = text[..<end]
      rest = text[end...]
    }
    guard !host.isEmpty else { return nil }
    self.host = String(host)
    if rest.isEmpty {
      port = Self.defaultPort
    } else {
      guard rest.hasPrefix(":"), let number = UInt16(rest.dropFirst()), number > 0 else { return nil }
      port = Int(number)
    }
  }

  var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
