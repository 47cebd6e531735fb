import AsyncHTTPClient
import ChatServer
import NIOCore

/// Gets the keys of tokens from where their issuer publishes them.
struct JWKSFetcher: Sendable {
  /// How long one attempt may take.
  static let timeout = TimeAmount.seconds(10)
  /// The longest key set.
  static let mostBytes = 256 * 1024

  let url: String

  /// - Throws: a failure of the configuration, unless the URL has https, or http on this machine.
  init(_ url: String) throws(CommandFailure) {
    guard url.hasPrefix("https://") || Self.isLocal(url) else {
      throw CommandFailure(
        .configuration,
        "auth.jwks_url \"\(TerminalText.escape(url))\" is not allowed: use https, because whoever could change the "
          + "answer could let everybody in")
    }
    self.url = url
  }

  private static func isLocal(_ url: String) -> Bool {
    guard url.hasPrefix("http://") else { return false }
    let authority = url.dropFirst("http://".count).prefix { $0 != "/" && $0 != "?" && $0 != "#" }
    guard !authority.contains("@") else { return false }
    if authority.hasPrefix("[::1]") { return true }
    return Loopback.contains(String(authority.prefix { $0 != ":" }))
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
