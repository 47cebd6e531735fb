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
        chat-broker help send                           more about a sub-command

      EXIT CODES
        0 ok  64 wrong usage  65 refused by the broker  69 cannot connect or listen
        70 internal error  74 store or input/output error  75 temporary, try again
        78 wrong configuration  130 interrupted
      """,
    version: Version.text,
    subcommands: [
      Serve.self, Chat.self, Send.self, Listen.self, History.self, Import.self, Version.self,
    ],
    defaultSubcommand: Serve.self)

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
    } catch {
      exit(withError: error)
    }
  }
}
