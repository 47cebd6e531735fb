/// A token bucket for publishes: it holds as many as one second brings, and is full at first.
///
/// Kept as the time when it will be full again (the "generic cell rate algorithm"), so that it needs eight bytes and
/// no timer.
struct PublishRate: Hashable, Sendable {
  /// Nanoseconds that the bucket holds.
  private static let burst: UInt64 = 1_000_000_000
  /// What others took may be paid back for so long at most, in nanoseconds.
  private static let mostDebt = 2 * burst

  /// On the loop's clock, in nanoseconds.
  private var fullAt: UInt64 = 0

  /// It is as if it had never been used. `now` in milliseconds.
  func isFull(at now: UInt64) -> Bool { fullAt <= Self.nanoseconds(now) }

  /// Milliseconds until `count` publishes may be taken at `rate` a second; 0: now.
  ///
  /// - Precondition: `count` is at most `rate`; more than that never fits.
  func wait(for count: UInt64, rate: UInt64, at now: UInt64) -> UInt64 {
    let allowedFrom = level(at: now) &+ Self.cost(count, rate) &- Self.burst
    let start = Self.nanoseconds(now)
    guard Int64(bitPattern: allowedFrom &- start) > 0 else { return 0 }
    return (allowedFrom &- start &+ 999_999) / 1_000_000
  }

  /// Takes publishes, whether or not there are so many.
  mutating func take(_ count: UInt64, rate: UInt64, at now: UInt64) {
    fullAt = min(level(at: now) &+ Self.cost(count, rate), Self.nanoseconds(now) &+ Self.mostDebt)
  }

  private func level(at now: UInt64) -> UInt64 { max(fullAt, Self.nanoseconds(now)) }

  /// Nanoseconds in which so many publishes come back.
  private static func cost(_ count: UInt64, _ rate: UInt64) -> UInt64 {
    let (product, overflow) = min(count, rate).multipliedReportingOverflow(by: burst)
    return overflow ? mostDebt : product / max(1, rate)
  }

  private static func nanoseconds(_ milliseconds: UInt64) -> UInt64 { milliseconds &* 1_000_000 }
}
