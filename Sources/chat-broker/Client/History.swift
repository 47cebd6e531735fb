import ArgumentParser
import ChatCore

/// `chat-broker history`
struct History: AsyncParsableCommand {
  /// How many messages are printed if nothing else is asked for.
  static let defaultLimit: UInt64 = 20

  static let configuration = CommandConfiguration(
    abstract: "Print what a conversation holds.",
    discussion: """
      Prints the newest messages, oldest first. Groups are joined first.

      EXAMPLES
        chat-broker history lobby
        chat-broker history group:lobby --limit 100 --before 5000
        chat-broker history user:bob --after 42 --json
        chat-broker history broadcast:news --all --json > news.jsonl
      """)

  @OptionGroup var client: ClientOptions

  @Argument(help: AddressArgument.help)
  var address: AddressArgument

  @Option(help: ArgumentHelp("At most so many messages. Default: \(History.defaultLimit).", valueName: "n"))
  var limit: UInt64?

  @Option(help: ArgumentHelp("Only messages before this sequence.", valueName: "sequence"))
  var before: UInt64?

  @Option(help: ArgumentHelp("Only messages after this sequence, the first of them.", valueName: "sequence"))
  var after: UInt64?

  @Flag(help: "All messages.")
  var all = false

  @Flag(help: "Print each message as a JSON object.")
  var json = false

  func validate() throws {
    if limit == 0 { throw ValidationError("--limit takes a number from 1") }
    if all, limit != nil { throw ValidationError("--all and --limit exclude each other") }
    if before == 0 { throw ValidationError("--before takes a number from 1") }
  }

  func run() async throws {
    let session = try await ClientSession.open(client)
    session.discardUpdates()
    try await ExitOnSignal.during(tidyUp: {}) {
      try await session.join(address)
      let formatter = MessageFormatter(style: Style(isTerminal: Terminal.isOutput, environment: .process))
      let request = HistoryRange.Request(
        after: after, before: before, limit: all ? nil : (limit ?? Self.defaultLimit))
      try await HistoryReader(session: session, address: address).read(request) { messages in
        let lines = messages.map { json ? MessageFormatter.json($0) : formatter.historyLine($0) }
        Output.text(lines.map { $0 + "\n" }.joined())
      }
      await session.close()
    }
  }
}
