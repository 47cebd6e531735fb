import ArgumentParser
import ChatStorage

/// `chat-broker restore`
struct Restore: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make a data directory's store from a backup. The broker must not run.",
    discussion: """
      The backup is checked and copied. The broker that starts from it gives all conversations a new epoch: clients see \
      that what they have is of another log, and read it again.

      EXAMPLES
        chat-broker restore --from /backups/chat-monday.sqlite --data /var/lib/chat-broker
        chat-broker restore --from chat.sqlite --data ./chat-data --replace
      """)

  @Option(help: ArgumentHelp("The backup.", valueName: "file"), completion: .file())
  var from: String

  @Option(
    help: ArgumentHelp("The data directory. Default: as for serve, CHAT_DATA too.", valueName: "dir"),
    completion: .directory)
  var data: String?

  @Flag(help: "If there is a store, keep it beside the new one, with .replaced at the end of its name.")
  var replace = false

  @Flag(help: "Print one JSON object about the store.")
  var json = false

  func run() throws {
    let directory = try DataDirectory.path(option: data, environment: .process)
    try DataDirectory.create(directory)
    let store = directory + "/" + BrokerProcess.storeFile
    guard !StoreFile.isSame(from, store) else {
      throw CommandFailure(.usage, "\(TerminalText.escape(from)) is the store itself: name a backup")
    }
    guard replace || !StoreFile.exists(store) else {
      throw CommandFailure(
        .inputOutput,
        "\(TerminalText.escape(store)) is there already: name an empty directory, or add --replace to keep it as "
          + "\(BrokerProcess.storeFile)\(StoreFile.replacedSuffix)")
    }
    let result = try StoreFile.restore(from: from, to: store)
    guard json else {
      return Output.line(
        "\(TerminalText.escape(store)): \(result.messages) messages of \(result.conversations) conversations; "
          + "start the broker with --data \(TerminalText.escape(directory))")
    }
    Output.line(StoreFile.json(result, file: store))
  }
}
