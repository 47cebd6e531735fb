/// Lets lines that repeat be logged once in a while, with how often they were left out.
///
/// Lines are told apart by keys, which are of the program and never of its input.
struct RepeatedLines<Key: Hashable & Sendable>: Sendable {
  private struct Line {
    var loggedAt: UInt64
    var leftOut: Int
  }

  /// Keys that are remembered; lines of others are logged each time.
  static var mostKeys: Int { 64 }

  /// Milliseconds between two lines of one key.
  private let interval: UInt64
  private var lines: [Key: Line] = [:]

  init(interval: UInt64 = 1_000) {
    self.interval = interval
  }

  /// - Parameter now: milliseconds of a clock that never goes back.
  /// - Returns: how many were left out since the last line; `nil`: leave this one out too.
  mutating func note(_ key: Key, at now: UInt64) -> Int? {
    guard let line = lines[key] else {
      if lines.count < Self.mostKeys { lines[key] = Line(loggedAt: now, leftOut: 0) }
      return 0
    }
    guard now &- line.loggedAt >= interval else {
      lines[key]?.leftOut += 1
      return nil
    }
    lines[key] = Line(loggedAt: now, leftOut: 0)
    return line.leftOut
  }

  /// What was left out and has not come again since: it would never be told otherwise.
  mutating func overdue(at now: UInt64) -> [(key: Key, leftOut: Int)] {
    guard !lines.isEmpty else { return [] }
    let due = lines.filter { now &- $0.value.loggedAt >= interval }
    for key in due.keys { lines[key] = nil }
    return due.filter { $0.value.leftOut > 0 }.map { ($0.key, $0.value.leftOut) }
  }
}
