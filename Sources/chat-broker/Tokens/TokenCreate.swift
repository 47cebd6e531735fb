import ArgumentParser
import ChatCore
import ChatServer

/// `chat-broker token create`
struct TokenCreate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "create",
    abstract: "Make a token and print it.",
    discussion: """
      It is signed with a secret (HS256) or with a private key in PEM, whose kind decides the algorithm: RSA \
      (RS256), EC on P-256 (ES256) or Ed25519 (EdDSA).

      EXAMPLES
        chat-broker token create --user alice --secret-file secret
        chat-broker token create --user alice --expires-in 15m --key private.pem --kid 2026-11
        chat-broker token create --user kiosk --secret-file secret --grant 'broadcast:news=subscribe,history'
        CHAT_TOKEN=$(chat-broker token create --user bob --secret-file secret) chat-broker chat lobby
      """)

  @Option(help: ArgumentHelp("Whose token it is: the claim sub.", valueName: "id"))
  var user: String

  @Option(help: TokenLifetime.help)
  var expiresIn = TokenLifetime.hour

  @Option(name: .customLong("grant"), parsing: .singleValue, help: GrantArgument.help)
  var grants: [GrantArgument] = []

  @Option(
    help: ArgumentHelp("A file with the secret; 32 bytes or more.", valueName: "file"), completion: .file())
  var secretFile: String?

  @Option(help: ArgumentHelp("A file with a private key in PEM.", valueName: "file"), completion: .file())
  var key: String?

  @Option(help: ArgumentHelp("The id of the key, where the broker has several.", valueName: "id"))
  var kid: String?

  @Option(
    help: ArgumentHelp(
      "HS256, RS256, ES256 or EdDSA. Default: what fits to the key; another one is refused.",
      valueName: "name"))
  var algorithm: String?

  @Option(help: ArgumentHelp("The claim iss.", valueName: "text"))
  var issuer: String?

  @Option(parsing: .singleValue, help: ArgumentHelp("The claim aud. Repeatable.", valueName: "text"))
  var audience: [String] = []

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() async throws {
    let signer = try await makeSigner()
    if let algorithm, algorithm != signer.algorithm.rawValue {
      throw CommandFailure(
        .usage,
        "--algorithm \"\(TerminalText.escape(algorithm))\" does not fit to the key, which is for "
          + "\(signer.algorithm.rawValue): leave it out, or bring another key")
    }
    let contents = try contents(at: Moment.now().unixTime / 1_000)
    guard let token = try? await signer.sign(contents, keyID: kid) else {
      throw CommandFailure(.internal, "the token cannot be signed; please report it")
    }
    guard json else { return Output.line(token) }
    var object = JSONLine()
    object.add("token", token)
    object.add("algorithm", signer.algorithm.rawValue)
    object.add("user", contents.user)
    if let expiresAt = contents.expiresAt { object.add("expires_at", expiresAt) }
    Output.line(object.text)
  }

  private func makeSigner() async throws(CommandFailure) -> TokenSigner {
    switch (secretFile, key) {
    case (let path?, nil):
      let secret = try SmallFile.readSecret(path, purpose: "the file with the secret")
      return try await Self.signer(of: path) { () async throws(TokenKeyError) in
        try await TokenSigner(secret: secret)
      }
    case (nil, let path?):
      let pem = String(decoding: try SmallFile.read(path, purpose: "the file with the key"), as: UTF8.self)
      return try await Self.signer(of: path) { () async throws(TokenKeyError) in
        try await TokenSigner(pem: pem)
      }
    default:
      throw CommandFailure(
        .usage, "what is it to be signed with? Use one of --secret-file FILE and --key FILE")
    }
  }

  private static func signer(
    of path: String, _ make: () async throws(TokenKeyError) -> TokenSigner
  ) async throws(CommandFailure) -> TokenSigner {
    do throws(TokenKeyError) {
      return try await make()
    } catch {
      throw CommandFailure(.usage, "\(TerminalText.escape(path)) cannot be used: \(error.description)")
    }
  }

  private func contents(at now: Int64) throws(CommandFailure) -> TokenSigner.Contents {
    guard (try? UserID(user)) != nil else {
      throw CommandFailure(
        .usage,
        "user \"\(TerminalText.escape(user))\" (from --user) is not allowed: use 1 to 128 characters of A-Z a-z 0-9 . "
          + "_ - + @")
    }
    guard grants.count <= Grants.mostRules else {
      throw CommandFailure(
        .usage, "\(grants.count) grants: at most \(Grants.mostRules) are allowed; use prefixes")
    }
    var contents = TokenSigner.Contents()
    contents.user = user
    contents.issuedAt = now
    contents.expiresAt = now + expiresIn.seconds
    contents.issuer = issuer
    contents.audience = audience
    if !grants.isEmpty { contents.grants = grants.map { ($0.conversation, $0.allow) } }
    return contents
  }
}
