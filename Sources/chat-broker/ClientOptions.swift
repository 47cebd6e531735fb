import ArgumentParser
import ChatCore

/// What all client commands need to know: which broker, and who is talking.
struct ClientOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The broker. Default: $CHAT_SERVER or \(ServerAddress.default).", valueName: "host:port"))
  var server: String?

  @Option(help: ArgumentHelp("Who you are. Default: $CHAT_USER or $USER.", valueName: "id"))
  var user: String?

  /// Checks what was given.
  func resolve(_ environment: Environment) throws(CommandFailure) -> Client {
    Client(server: try resolveServer(environment), user: try resolveUser(environment))
  }

  /// Options that were checked.
  struct Client: Hashable, Sendable {
    let server: ServerAddress
    let user: UserID
  }

  private func resolveServer(_ environment: Environment) throws(CommandFailure) -> ServerAddress {
    let setting = Setting.read(
      "server", flag: "--server", value: server, variable: "CHAT_SERVER", in: environment)
    guard let setting else { return .default }
    guard let address = ServerAddress(setting.text) else {
      throw setting.failure(allowed: "host:port, for example \(ServerAddress.default)")
    }
    return address
  }

  private func resolveUser(_ environment: Environment) throws(CommandFailure) -> UserID {
    let setting =
      Setting.read("user", flag: "--user", value: user, variable: "CHAT_USER", in: environment)
      ?? Setting.read("user", flag: "--user", value: nil, variable: "USER", in: environment)
    guard let setting else {
      throw CommandFailure(.usage, "who are you? Use --user ID, or set CHAT_USER")
    }
    guard let id = try? UserID(setting.text) else {
      throw setting.failure(
        allowed: "1 to 128 characters of A-Z a-z 0-9 . _ - + @ (with --user, for example)")
    }
    return id
  }
}
