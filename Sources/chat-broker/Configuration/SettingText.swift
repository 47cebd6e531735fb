/// Texts as sources have them.
enum SettingText {
  /// The values of a list that is written as one text: commas or line ends between them.
  static func list(_ text: String) -> [String] {
    text.split { $0 == "," || $0.isNewline }.map(\.trimmed).filter { !$0.isEmpty }
  }

  /// A key's texts as they are in one text.
  static func texts(_ text: String, of key: SettingKey) -> [String] {
    key.isList ? list(text) : [text]
  }
}

extension StringProtocol {
  /// Without blanks at both ends.
  var trimmed: String {
    var text = self[...]
    while text.last?.isWhitespace == true { text = text.dropLast() }
    while text.first?.isWhitespace == true { text = text.dropFirst() }
    return String(text)
  }
}
