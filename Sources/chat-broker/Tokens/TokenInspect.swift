import ArgumentParser
import ChatCore
import ChatServer

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation  // Of Apple's systems, which have no smaller one.
#endif

/// `chat-broker token inspect`
struct TokenInspect: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Print what a token says, and whether a broker would take it.",
    discussion: """
      The token is read from the argument or, better, from standard input: arguments can be seen by others on this \
      machine. Without a secret or keys it is only shown. A token that is refused ends with exit code 65 and the \
      reason that the client would get.

      EXAMPLES
        chat-broker token inspect < token
        chat-broker token inspect --secret-file secret < token
        chat-broker token inspect --keys-file jwks.json --issuer https://id.example --audience chat --json < token
      """)

  @Argument(help: "The token. Without it, standard input is read.")
  var token: String?

  @Option(help: ArgumentHelp("A file with the secret of the broker.", valueName: "file"), completion: .file())
  var secretFile: String?

  @Option(
    help: ArgumentHelp("A file with the keys of the broker: JWKS or PEM.", valueName: "file"),
    completion: .file())
  var keysFile: String?

  @Option(help: ArgumentHelp("What iss has to be.", valueName: "text"))
  var issuer: String?

  @Option(help: ArgumentHelp("What aud has to have.", valueName: "text"))
  var audience: String?

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() async throws {
    let text = try await readToken()
    let parts: UnverifiedToken
    do throws(AuthenticationFailure) {
      parts = try UnverifiedToken(text)
    } catch {
      try show(nil, .failure(error))
      return
    }
    let source = TokenKeySource(secretFile: secretFile, keysFile: keysFile)
    guard !source.isEmpty else { return try show(parts, nil) }
    var rules = TokenRules()
    rules.issuer = issuer
    rules.audience = audience
    let verifier = TokenVerifier(try await source.load(), rules: rules)
    try show(parts, await verifier.verify(text, at: Moment.now().unixTime))
  }

  private func readToken() async throws(CommandFailure) -> String {
    if let token { return token }
    guard let line = try await InputFile().lines()?.first(where: { !$0.isBlank }) else {
      throw CommandFailure(.usage, "there is no token: give it as the argument or on standard input")
    }
    return String(decoding: line.bytes, as: UTF8.self).filter { !$0.isWhitespace }
  }

  /// - Parameter verdict: `nil`: there was nothing to check it with.
  private func show(
    _ token: UnverifiedToken?, _ verdict: Result<Identity, AuthenticationFailure>?
  ) throws(CommandFailure) {
    Output.text(json ? object(token, verdict).text + "\n" : lines(token, verdict))
    guard case .failure(let failure)? = verdict else { return }
    throw CommandFailure(.refused, json ? "" : TerminalText.escape(failure.message))
  }

  private func object(
    _ token: UnverifiedToken?, _ verdict: Result<Identity, AuthenticationFailure>?
  ) -> JSONLine {
    var object = JSONLine()
    if let token {
      object.add("header", json: Self.shown(token.header))
      object.add("claims", json: Self.shown(token.payload))
    }
    switch verdict {
    case nil: object.add("checked", false)
    case .success(let identity)?:
      object.add("checked", true)
      object.add("valid", true)
      object.add("user", identity.user.name)
    case .failure(let failure)?:
      object.add("checked", true)
      object.add("valid", false)
      object.add("reason", failure.reason.rawValue)
      object.add("message", failure.message)
    }
    return object
  }

  private func lines(
    _ token: UnverifiedToken?, _ verdict: Result<Identity, AuthenticationFailure>?
  ) -> String {
    var lines: [String] = []
    if let token {
      lines.append("header   \(Self.shown(token.header))")
      lines.append("claims   \(Self.shown(token.payload))")
    }
    switch verdict {
    case nil: lines.append("checked  no: give the broker's keys with --secret-file or --keys-file")
    case .success(let identity)?:
      lines.append("valid    yes, for \(identity.user)")
      if let end = identity.expiresAt {
        lines.append("lasts    \(max(0, end - Moment.now().unixTime) / 1_000) s, clock skew included")
      }
      lines.append("grants   \(Self.shown(identity.grants))")
    case .failure(let failure)?: lines.append("valid    no: \(failure.reason.rawValue)")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func shown(_ grants: Grants) -> String {
    guard let rules = grants.rules else { return "everything" }
    return rules.isEmpty ? "nothing" : rules.map { "\($0.pattern) (\($0.rights))" }.joined(separator: ", ")
  }

  private static func shown(_ json: Data) -> String {
    // The token has been taken apart already, so this is JSON; but nothing depends on it.
    (try? JSONDecoder().decode(JSONValue.self, from: json))?.text ?? "null"
  }
}
