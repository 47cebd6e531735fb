import ArgumentParser

/// `chat-broker version`
struct Version: ParsableCommand {
  /// The version of this program.
  static let number = "0.1.0"
  /// The wire protocol that it speaks.
  static let `protocol` = "chat.v1"
  /// Both, for people.
  static let text = "chat-broker \(number), protocol \(`protocol`)"

  static let configuration = CommandConfiguration(
    abstract: "Print the version and the protocol.",
    discussion: """
      EXAMPLES
        chat-broker version
        chat-broker version --json
      """)

  @Flag(help: "Print one JSON object.")
  var json = false

  func run() throws {
    guard json else { return Output.line(Self.text) }
    var object = JSONLine()
    object.add("version", Self.number)
    object.add("protocol", Self.protocol)
    Output.line(object.text)
  }
}
