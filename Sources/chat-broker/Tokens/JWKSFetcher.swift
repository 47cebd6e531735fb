import AsyncHTTPClient
import ChatServer
import NIOCore

/// Gets the keys of tokens from where their issuer publishes them.
struct JWKSFetcher: Sendable {
  /// How long one attempt may take.
  static let timeout = TimeAmount.seconds(10)
  /// The longest key set.
  static let mostBytes = 256 * 1024

  /// What is allowed, as it stands behind "use …".
  static let allowed = "a URL with https, or with http on this machine, without user and password (no @)"

  private let url: String
  /// For logs, with ``port``: the rest of the URL may hold a key.
  let host: String
  /// As far as the URL has one.
  let port: Int?

  /// - Throws: a failure of the configuration, unless the URL is ``allowed``. It does not repeat the URL, which may hold
  ///   a password.
  init(_ url: String) throws(CommandFailure) {
    guard let scheme = ["https://", "http://"].first(where: url.hasPrefix),
      let (host, port) = Self.server(url.dropFirst(scheme.count)),
      scheme == "https://" || host == "::1" || Loopback.contains(host)
    else {
      throw CommandFailure(
        .configuration,
        "auth.jwks_url is not allowed: use \(Self.allowed), because whoever could change the answer could let "
          + "everybody in")
    }
    self.url = url
    self.host = host
    self.port = port
  }

  /// The host, without the brackets of an IPv6 address, and the port; nil: there is none, or something else is there.
  private static func server(_ rest: Substring) -> (host: String, port: Int?)? {
    let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    // What stands before an @ is a password.
    guard !authority.contains("@"), authority.utf8.allSatisfy({ $0 > 32 && $0 < 127 }) else { return nil }
    let host: Substring
    let behind: Substring
    if authority.hasPrefix("[") {
      guard let end = authority.firstIndex(of: "]") else { return nil }
      host = authority[..<end].dropFirst()
      behind = authority[end...].dropFirst()
    } else {
      host = authority.prefix { $0 != ":" }
      behind = authority[host.endIndex...]
    }
    guard !host.isEmpty else { return nil }
    guard !behind.isEmpty else { return (String(host), nil) }
    guard behind.hasPrefix(":"), let port = UInt16(behind.dropFirst()) else { return nil }
    return (String(host), Int(port))
  }

  /// - Throws: ``Failure``.
  func fetch(_ client: HTTPClient) async throws -> VerificationKeys {
    let response = try await client.execute(HTTPClientRequest(url: url), timeout: Self.timeout)
    guard response.status == .ok else { throw Failure(description: "the answer is \(response.status.code)") }
    let body = try await response.body.collect(upTo: Self.mostBytes)
    return try await VerificationKeys.jwks(String(buffer: body), allowsSecrets: false)
  }

  /// A client that follows nobody elsewhere.
  static func makeClient() -> HTTPClient {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout.connect = timeout
    configuration.timeout.read = timeout
    return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
  }

  struct Failure: Error, CustomStringConvertible {
    let description: String
  }
}
