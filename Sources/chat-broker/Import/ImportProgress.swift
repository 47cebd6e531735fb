/// How far an import is.
struct ImportProgress: Hashable, Sendable {
  /// Cells of the bar.
  static let barWidth = 24

  /// Bytes of the whole input; `nil` if it is not known.
  var totalBytes: Int?
  /// Bytes read so far.
  var bytes = 0
  /// Messages stored by this run.
  var imported = 0
  /// Messages stored by an earlier run.
  var alreadyThere = 0
  /// Messages that the broker refused.
  var refused = 0
  /// Joins, parts and changes of nick.
  var notices = 0
  /// Lines that are no messages.
  var otherLines = 0
  /// Days that began.
  var days = 0

  var decided: Int { imported + alreadyThere + refused }

  /// The line that a terminal shows during the import.
  func line(seconds: Double) -> String {
    let rate = seconds > 0 ? Int(min(Double(decided) / seconds, 1e9)) : 0
    let figures = "\(decided) messages, \(rate)/s"
    guard let totalBytes, totalBytes > 0 else { return figures }
    let share = min(1, Double(bytes) / Double(totalBytes))
    let filled = Int(share * Double(Self.barWidth))
    let bar = String(repeating: "#", count: filled) + String(repeating: "-", count: Self.barWidth - filled)
    return "[\(bar)] \(Int(share * 100)) %, \(figures)"
  }

  /// The last line.
  var summary: String {
    "imported \(imported), already there \(alreadyThere), skipped \(notices + otherLines) "
      + "(\(notices) joins and parts, \(otherLines) other lines), refused \(refused)"
  }
}
