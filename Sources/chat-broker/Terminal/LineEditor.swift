/// The line that is being typed: bytes from a terminal in raw mode go in, finished lines come out.
///
/// Editing is at the end of the line only. What a terminal sends for other keys is swallowed.
struct LineEditor {
  enum Event: Hashable, Sendable {
    case line(String)
    /// Ctrl-C
    case interrupt
    /// Ctrl-D in an empty line
    case endOfInput
  }

  /// The longest line, in bytes: the default limit of a message's body. What is typed beyond it is dropped.
  static let longestLine = 64 * 1024

  private enum State {
    case text
    /// After ESC.
    case escape
    /// After ESC [: up to a byte from @ to ~.
    case control
    /// After ESC O: one more byte.
    case function
  }

  private(set) var text = ""
  private var state = State.text
  /// The beginning of a character of several bytes.
  private var partial: [UInt8] = []

  /// Takes what the terminal has sent.
  mutating func feed(_ bytes: some Sequence<UInt8>) -> [Event] {
    var events: [Event] = []
    for byte in bytes {
      if let event = feed(byte) { events.append(event) }
    }
    return events
  }

  private mutating func feed(_ byte: UInt8) -> Event? {
    switch state {
    case .text: return type(byte)
    case .escape:
      state = byte == UInt8(ascii: "[") ? .control : byte == UInt8(ascii: "O") ? .function : .text
    case .control:
      if (0x40...0x7e).contains(byte) { state = .text }
    case .function:
      state = .text
    }
    return nil
  }

  private mutating func type(_ byte: UInt8) -> Event? {
    if byte < 0x20 || byte == 0x7f { partial = [] }
    switch byte {
    case 0x0d, 0x0a:
      defer { text = "" }
      return .line(text)
    case 0x03: return .interrupt
    case 0x04: return text.isEmpty ? .endOfInput : nil
    case 0x08, 0x7f: _ = text.popLast()
    case 0x15: text = ""
    case 0x17: deleteWord()
    case 0x09: append(" ")
    case 0x1b: state = .escape
    case 0..<0x20: break
    default: typePrintable(byte)
    }
    return nil
  }

  private mutating func typePrintable(_ byte: UInt8) {
    if byte & 0xc0 != 0x80 { partial = [] }
    partial.append(byte)
    let first = partial[0]
    let length = first < 0x80 ? 1 : first < 0xc0 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
    guard partial.count >= length else { return }
    defer { partial = [] }
    guard let typed = String(validating: partial, as: UTF8.self),
      !typed.unicodeScalars.contains(where: TerminalText.isHostile)
    else { return }
    append(typed)
  }

  private mutating func append(_ typed: String) {
    if text.utf8.count + typed.utf8.count <= Self.longestLine { text += typed }
  }

  private mutating func deleteWord() {
    while text.last == " " { text.removeLast() }
    while let last = text.last, last != " " { text.removeLast() }
  }

  /// The end of the line, as much of it as fits into so many columns.
  func visibleText(columns: Int) -> Substring {
    var room = columns
    var start = text.endIndex
    while start > text.startIndex {
      let before = text.index(before: start)
      room -= Self.columns(of: text[before])
      if room < 0 { break }
      start = before
    }
    return text[start...]
  }

  /// How many columns of a terminal a character takes: two for East Asian ones and for emoji.
  static func columns(of character: Character) -> Int {
    guard let scalar = character.unicodeScalars.first else { return 0 }
    return switch scalar.value {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f,
      0xff00...0xff60, 0xffe0...0xffe6, 0x1f300...0x1f64f, 0x1f680...0x1f6ff, 0x1f900...0x1f9ff,
      0x20000...0x3fffd:
      2
    default: 1
    }
  }
}
