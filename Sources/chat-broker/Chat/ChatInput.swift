/// What a line typed into `chat` asks for.
enum ChatInput: Hashable, Sendable {
  /// How many messages `/history` shows without a number.
  static let defaultHistory = 20
  /// The most that `/history` shows.
  static let longestHistory = 1000

  case message(String)
  case history(Int)
  case help
  case quit
  case nothing
  /// A command that there is not, or that is not written so; what to do.
  case mistake(String)

  /// `/word` is a command; `//text` sends `/text`.
  init(_ line: String) {
    guard line.contains(where: { !$0.isWhitespace }) else {
      self = .nothing
      return
    }
    guard line.hasPrefix("/") else {
      self = .message(line)
      return
    }
    if line.hasPrefix("//") {
      self = .message(String(line.dropFirst()))
      return
    }
    let words = line.split(separator: " ")
    switch (words.first, words.count) {
    case ("/quit", 1), ("/exit", 1): self = .quit
    case ("/help", 1): self = .help
    case ("/history", 1): self = .history(Self.defaultHistory)
    case ("/history", 2):
      if let number = Int(words[1]), (1...Self.longestHistory).contains(number) {
        self = .history(number)
      } else {
        self = .mistake("/history takes a number from 1 to \(Self.longestHistory)")
      }
    default:
      self = .mistake(
        "there is no such command; /help lists them, and //text sends a message that starts with /")
    }
  }
}
