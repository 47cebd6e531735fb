/// Where a value was read.
struct SettingSource: Hashable, Sendable, CustomStringConvertible {
  /// The kinds, the first that has a value wins.
  enum Kind: String, Sendable {
    case flag
    case environment
    /// The YAML file.
    case file
    /// A file of a directory that has one for each value.
    case directory
    case `default`
  }

  static let `default` = SettingSource(kind: .default, place: "default")

  let kind: Kind
  /// `--port`, `CHAT_PORT`, `chat-broker.yaml:3`, `/run/secrets/admin.key`; what of it came from outside is
  /// made safe for a terminal.
  let place: String

  init(kind: Kind, place: String) {
    self.kind = kind
    self.place = TerminalText.escape(place)
  }

  /// As it stands in a sentence.
  var description: String {
    kind == .environment ? "the environment variable \(place)" : place
  }
}
