import ArgumentParser
import ChatStorage

/// `chat-broker backup`
struct Backup: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Copy the store into one file, also while the broker runs.",
    discussion: """
      The copy is the store at one moment, whole and checked; it appears under its name when it is on stable storage. \
      What is published meanwhile is not held up, and not in the copy.

      EXAMPLES
        chat-broker backup --to /backups/chat-monday.sqlite
        chat-broker backup --data /var/lib/chat-broker --to chat.sqlite --replace --json
      """)

  @Option(
    help: ArgumentHelp(
      "The data directory of the broker. Default: as for serve, CHAT_DATA too.", valueName: "dir"),
    completion: .directory)
  var data: String?

  @Option(help: ArgumentHelp("The file to make.", valueName: "file"), completion: .file())
  var to: String

  @Flag(help: "Replace the file if it is there.")
  var replace = false

  @Flag(help: "Print one JSON object about the copy.")
  var json = false

  func run() throws {
    let store =
      try DataDirectory.existing(option: data, environment: .process) + "/" + BrokerProcess.storeFile
    guard replace || !StoreFile.exists(to) else {
      throw CommandFailure(
        .inputOutput, "\(TerminalText.escape(to)) is there already: name another file, or add --replace")
    }
    guard !StoreFile.isSame(store, to) else {
      throw CommandFailure(.usage, "\(TerminalText.escape(to)) is the store itself: name another file")
    }
    let result = try StoreFile.copy(from: store, to: to)
    guard json else {
      return Output.line(
        "\(TerminalText.escape(to)): \(result.messages) messages of \(result.conversations) conversations, "
          + "\(result.bytes) bytes, checked")
    }
    Output.line(StoreFile.json(result, file: to))
  }
}
