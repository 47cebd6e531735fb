/// Lets an error that repeats be logged once in a while, with how often it was left out.
struct RepeatedError {
  /// Milliseconds between two lines.
  static let interval: UInt64 = 1_000

  private var lastLine: UInt64?
  private var leftOut = 0

  /// - Returns: how many were left out since the last line; `nil`: leave this one out too.
  mutating func note(at now: UInt64) -> Int? {
    if let lastLine, now &- lastLine < Self.interval {
      leftOut += 1
      return nil
    }
    lastLine = now
    defer { leftOut = 0 }
    return leftOut
  }
}
