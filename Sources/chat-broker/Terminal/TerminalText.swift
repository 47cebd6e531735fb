import ChatCore

/// Text from others, made safe for a terminal.
enum TerminalText {
  /// Shows control characters and what changes the direction of writing as escapes, so that received text can
  /// neither drive the terminal nor pretend to be another line.
  static func escape(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isHostile) else { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      if isHostile(scalar) { result += escape(scalar) } else { result.unicodeScalars.append(scalar) }
    }
    return result
  }

  /// The same for bytes; what is not UTF-8 is shown as U+FFFD.
  static func escape(_ payload: Payload) -> String {
    payload.withUnsafeBytes { escape(String(decoding: $0, as: UTF8.self)) }
  }

  /// Whether a character must not reach a terminal as it is.
  static func isHostile(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7f..<0xa0: true  // C0, DEL, C1
    case 0x061c, 0x200e, 0x200f, 0x202a...0x202e, 0x2066...0x2069: true  // direction
    case 0x2028, 0x2029, 0xfeff, 0xfff9...0xfffb: true  // line separators, byte-order mark, annotations
    default: false
    }
  }

  private static func escape(_ scalar: Unicode.Scalar) -> String {
    switch scalar {
    case "\n": "\\n"
    case "\r": "\\r"
    case "\t": "\\t"
    default: "\\u{\(String(scalar.value, radix: 16))}"
    }
  }
}
