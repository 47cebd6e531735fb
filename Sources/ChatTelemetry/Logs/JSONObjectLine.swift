/// One JSON object on one line, written member by member.
struct JSONObjectLine {
  /// What a string may take, in bytes; a longer one is cut and ends with `…`.
  static let mostStringBytes = 8 * 1024

  /// What a list may have; the rest is left out.
  static let mostElements = 64

  private static let digits = Array("0123456789abcdef".utf8)
  private var bytes: [UInt8] = [UInt8(ascii: "{")]

  init() { bytes.reserveCapacity(512) }

  /// The object with its end and a line feed.
  var finished: [UInt8] { bytes + [UInt8(ascii: "}"), UInt8(ascii: "\n")] }

  mutating func add(_ name: String, _ value: String) {
    begin(name)
    append(quoted: value)
  }

  mutating func add(_ name: String, _ value: some BinaryInteger) {
    begin(name)
    bytes += String(value).utf8
  }

  mutating func add(_ name: String, _ value: Bool) {
    begin(name)
    bytes += (value ? "true" : "false").utf8
  }

  mutating func add(_ name: String, _ values: [String]) {
    begin(name)
    bytes.append(UInt8(ascii: "["))
    for (index, value) in values.prefix(Self.mostElements).enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      append(quoted: value)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  private mutating func begin(_ name: String) {
    if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
    append(quoted: name)
    bytes.append(UInt8(ascii: ":"))
  }

  private mutating func append(quoted text: String) {
    bytes.append(UInt8(ascii: "\""))
    var count = 0
    for scalar in text.unicodeScalars {
      count += UTF8.width(scalar)
      guard count <= Self.mostStringBytes else {
        bytes += "…".utf8
        break
      }
      append(scalar)
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    switch scalar {
    case "\"": bytes += "\\\"".utf8
    case "\\": bytes += "\\\\".utf8
    case "\n": bytes += "\\n".utf8
    case "\r": bytes += "\\r".utf8
    case "\t": bytes += "\\t".utf8
    // JSON allows the last three, but programs that cut lines take them for ends of lines.
    case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}", "\u{2028}", "\u{2029}":
      bytes += "\\u".utf8
      for shift in [12, 8, 4, 0] { bytes.append(Self.digits[Int(scalar.value >> UInt32(shift)) & 0xf]) }
    default: bytes += UTF8.encode(scalar).map { Array($0) } ?? []
    }
  }
}
