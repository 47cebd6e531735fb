/// The address of a collector that takes OTLP over HTTP.
package struct TraceEndpoint: Hashable, Sendable, CustomStringConvertible {
  /// What is written for people.
  package static let allowed =
    "an http or https address such as http://127.0.0.1:4318, without user and password (no @)"
  private static let path = "/v1/traces"

  /// Where requests go.
  package let url: String
  /// For logs: without a query, which may hold a key.
  package var description: String { String(url.prefix { $0 != "?" }) }

  /// - Parameter text: an address; without a path, `/v1/traces` is added. Nil if it is none.
  package init?(_ text: String) {
    guard let scheme = ["http://", "https://"].first(where: { text.hasPrefix($0) }),
      text.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
    else { return nil }
    let rest = text.dropFirst(scheme.count)
    let host = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    // What stands before an @ is a password, and would be in logs.
    guard !host.isEmpty, !host.hasPrefix(":"), !rest.contains("@"), !rest.contains("#") else { return nil }
    let path = rest.dropFirst(host.count)
    url = scheme + host + (path.isEmpty || path == "/" ? Self.path : String(path))
  }
}
