/// One JSON object on one line. Keys are written in the order in which they are added.
struct JSONLine {
  private var members = ""

  /// The object.
  var text: String { "{\(members)}" }

  mutating func add(_ key: String, _ value: String) {
    addMember(key, Self.quoted(value))
  }

  mutating func add(_ key: String, _ value: some BinaryInteger) {
    addMember(key, String(value))
  }

  mutating func add(_ key: String, _ value: Bool) {
    addMember(key, value ? "true" : "false")
  }

  mutating func add(_ key: String, _ value: JSONLine) {
    addMember(key, value.text)
  }

  /// - Parameter json: JSON on one line.
  mutating func add(_ key: String, json: String) {
    addMember(key, json)
  }

  private mutating func addMember(_ key: String, _ value: String) {
    if !members.isEmpty { members += "," }
    members += Self.quoted(key) + ":" + value
  }

  /// The text as a JSON string. What could drive a terminal is escaped too, because that is where it may go.
  static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      default:
        if TerminalText.isHostile(scalar) {
          // All of them are below U+10000, so four digits do.
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
        } else {
          result.unicodeScalars.append(scalar)
        }
      }
    }
    return result + "\""
  }
}
