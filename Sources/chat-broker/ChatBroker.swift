import ArgumentParser

/// The program: a broker and a command-line client in one.
@main
struct ChatBroker: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat-broker",
    abstract: "A chat broker that loses nothing, and a client to talk to it.",
    discussion: """
      Without a sub-command it serves.

      EXAMPLES
        chat-broker                                     serve on 127.0.0.1:7400
        chat-broker chat group:lobby --user alice       talk in a group
        echo hello | chat-broker send lobby --user bob  send each line of the input
        chat-broker listen --user carol --json          print what arrives
        chat-broker config print                        what is set, and where
        chat-broker token create --user alice --secret-file secret
        chat-broker help send                           more about a sub-command

      EXIT CODES
        0 ok  1 not healthy (health)  64 wrong usage  65 refused by the broker  69 cannot connect or listen
        70 internal error  74 store or input/output error  75 temporary, try again
        78 wrong configuration  80 an event loop hung, start it again
        81 over its memory budget, start it again  130 interrupted
      """,
    version: Version.text,
    subcommands: [
      Serve.self, Chat.self, Send.self, Listen.self, History.self, Import.self, Token.self, Config.self,
      Health.self, Metrics.self, Backup.self, Restore.self, Completions.self, Version.self,
    ],
    defaultSubcommand: Serve.self)

  /// What a sub-command may be called.
  static var commandNames: [String] { configuration.subcommands.map { $0._commandName } }

  static func main() async {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch let failure as CommandFailure {
      failure.exit()
    } catch let error as ConfigurationError {
      for warning in error.warnings { Output.error(warning) }
      error.failure.exit()
    } catch {
      exit(withError: error)
    }
  }
}
