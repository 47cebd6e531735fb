import ChatCore
import NIOCore

/// How long something took lately: the last 10 seconds or so, in two halves.
struct RecentLatency: Sendable {
  private static let half = TimeAmount.seconds(5)

  private var older = LatencyHistogram()
  private var newer = LatencyHistogram()
  private var newerSince: NIODeadline
  /// All that was ever recorded.
  private(set) var total = LatencyHistogram()

  init(at now: NIODeadline) { newerSince = now }

  mutating func record(_ time: TimeAmount, at now: NIODeadline) {
    turn(at: now)
    newer.record(Double(time.nanoseconds) / 1_000)
    total.record(Double(time.nanoseconds) / 1_000)
  }

  /// What was recorded lately.
  mutating func histogram(at now: NIODeadline) -> LatencyHistogram {
    turn(at: now)
    var both = older
    both.add(newer)
    return both
  }

  private mutating func turn(at now: NIODeadline) {
    let age = now - newerSince
    guard age >= Self.half else { return }
    older = age < Self.half * 2 ? newer : LatencyHistogram()
    newer = LatencyHistogram()
    newerSince = now
  }
}
