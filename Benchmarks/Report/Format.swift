import Foundation

/// Numbers as people read them.
enum Format {
  /// 1,234,567
  static func count(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e15 else { return "–" }
    var digits = Array(String(Int(abs(value).rounded())).reversed())
    var index = 3
    while index < digits.count {
      digits.insert(",", at: index)
      index += 4
    }
    return (value <= -0.5 ? "-" : "") + String(digits.reversed())
  }

  static func count(_ value: some BinaryInteger) -> String { count(Double(value)) }

  /// Three significant digits.
  static func number(_ value: Double) -> String {
    guard value.isFinite else { return "–" }
    switch abs(value) {
    case 0: return "0"
    case 1000...: return count(value)
    case 100..<1000: return fixed(value, 0)
    case 10..<100: return fixed(value, 1)
    case 1..<10: return fixed(value, 2)
    default: return fixed(value, 3)
    }
  }

  static func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

  /// For the marks of an axis: 20 k, 3 M.
  static func short(_ value: Double) -> String {
    switch abs(value) {
    case 1e6...: trimmed(value / 1e6) + " M"
    case 1e3...: trimmed(value / 1e3) + " k"
    default: trimmed(value)
    }
  }

  private static func trimmed(_ value: Double) -> String { String(format: "%.3g", value) }

  /// From microseconds.
  static func milliseconds(_ microseconds: Double) -> String { number(microseconds / 1000) }

  static func bytes(_ value: Double) -> String {
    switch abs(value) {
    case 1_073_741_824...: number(value / Double(1 << 30)) + " GiB"
    case 1_048_576...: number(value / Double(1 << 20)) + " MiB"
    case 1024...: number(value / 1024) + " KiB"
    default: count(value) + " B"
    }
  }

  static func percent(_ share: Double) -> String { fixed(share * 100, 0) + " %" }

  static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    encoder.dateEncodingStrategy = .iso8601
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
