import ArgumentParser
import ChatClient
import ChatCore

/// What all client commands need to know: which broker, and who is talking.
struct ClientOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The broker. Default: $CHAT_SERVER or \(ServerAddress.default).", valueName: "host:port"))
  var server: String?

  @Option(
    help: ArgumentHelp("Who you are. Default: $CHAT_USER, or what the token says, or $USER.", valueName: "id")
  )
  var user: String?

  @Option(
    help: ArgumentHelp(
      "A file with the token, for a broker that wants one; read again when it expires. Default: $CHAT_TOKEN, the "
        + "token itself.", valueName: "file"),
    completion: .file())
  var tokenFile: String?

  @OptionGroup var encryption: ClientTLSOptions

  /// Checks what was given.
  func resolve(_ environment: Environment) throws(CommandFailure) -> Client {
    let token = tokenFile.map { Token.file($0) } ?? environment["CHAT_TOKEN"].map { Token.text($0) }
    return Client(
      server: try resolveServer(environment), user: try resolveUser(environment, hasToken: token != nil),
      token: token, tls: try encryption.resolve(environment))
  }

  /// Proof of who somebody is.
  enum Token: Hashable, Sendable {
    case text(String)
    case file(String)
  }

  /// Options that were checked.
  struct Client: Hashable, Sendable {
    let server: ServerAddress
    /// `nil`: the token says it.
    let user: UserID?
    let token: Token?
    /// Nil: the connection is not encrypted.
    let tls: ChatClient.Configuration.TLS?
  }

  private func resolveServer(_ environment: Environment) throws(CommandFailure) -> ServerAddress {
    guard let given = Given(server, flag: "--server", variables: ["CHAT_SERVER"], in: environment) else {
      return .default
    }
    guard let address = ServerAddress(given.text) else {
      throw given.failure("server", allowed: "host:port, for example \(ServerAddress.default)")
    }
    return address
  }

  private func resolveUser(_ environment: Environment, hasToken: Bool) throws(CommandFailure) -> UserID? {
    // A token says who somebody is better than the system's account does.
    let variables = hasToken ? ["CHAT_USER"] : ["CHAT_USER", "USER"]
    guard let given = Given(user, flag: "--user", variables: variables, in: environment) else {
      if hasToken { return nil }
      throw CommandFailure(.usage, "who are you? Use --user ID, or set CHAT_USER")
    }
    guard let id = try? UserID(given.text) else {
      throw given.failure(
        "user", allowed: "1 to 128 characters of A-Z a-z 0-9 . _ - + @ (with --user, for example)")
    }
    return id
  }
}
