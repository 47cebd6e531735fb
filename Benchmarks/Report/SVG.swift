/// Pieces of pictures.
enum SVG {
  static func number(_ value: Double) -> String { Format.fixed(value, 1) }

  static func text(_ text: String, x: Double, y: Double, anchor: String, kind: String = "label") -> String {
    "<text class=\"\(kind)\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor)\">\(HTML.escape(text))</text>"
  }
}
