/// Colours, where they are wanted.
struct Style: Hashable, Sendable {
  let coloured: Bool

  /// Colours that can be read on light and on dark ground, of the 256-colour palette.
  static let nameColours = [25, 31, 37, 64, 71, 97, 99, 130, 133, 136, 161, 166, 168, 172]

  init(coloured: Bool) {
    self.coloured = coloured
  }

  /// Coloured on a terminal that can show it, unless `NO_COLOR` is set.
  init(isTerminal: Bool, environment: Environment) {
    coloured = isTerminal && environment["NO_COLOR"] == nil && environment["TERM"] != "dumb"
  }

  /// What is less important.
  func dim(_ text: String) -> String {
    coloured && !text.isEmpty ? "\u{1b}[2m\(text)\u{1b}[0m" : text
  }

  /// What went wrong.
  func warning(_ text: String) -> String {
    coloured ? "\u{1b}[31m\(text)\u{1b}[0m" : text
  }

  /// A user's name, always in the same colour.
  func name(_ name: String) -> String {
    guard coloured else { return name }
    let index = Int(StableHash(name.utf8).value % UInt64(Self.nameColours.count))
    return "\u{1b}[38;5;\(Self.nameColours[index])m\(name)\u{1b}[0m"
  }
}
