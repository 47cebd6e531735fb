import Histogram

/// Latencies of the messages that were scheduled in the measured time.
struct LatencyRecorder {
  /// When saturated, one in so many is recorded. A prime, so that it does not keep step with batches.
  static let sampling = 17
  private static let longest: UInt64 = 600_000_000_000

  let every: Int
  private var countdown: Int
  /// Scheduled times that count. Empty until the warm-up is over.
  var window: Range<UInt64> = 0..<0
  private var histogram: Histogram<UInt64>

  init(every: Int) {
    self.every = every
    countdown = every
    histogram = Histogram(highestTrackableValue: Self.longest)
  }

  @inline(__always)
  mutating func sample(scheduled: UInt64, now: UInt64) {
    countdown &-= 1
    if countdown == 0 {
      countdown = every
      record(scheduled: scheduled, now: now)
    }
  }

  @inline(never)
  private mutating func record(scheduled: UInt64, now: UInt64) {
    guard window.contains(scheduled) else { return }
    histogram.record(min(now > scheduled ? now - scheduled : 0, Self.longest))
  }

  var summary: LatencySummary {
    var summary = LatencySummary()
    summary.samples = histogram.totalCount
    guard summary.samples > 0 else { return summary }
    func value(_ percentile: Double) -> Double {
      Double(histogram.valueAtPercentile(percentile)) / 1000
    }
    summary.p50 = value(50)
    summary.p90 = value(90)
    summary.p99 = value(99)
    summary.p999 = value(99.9)
    summary.max = Double(histogram.max) / 1000
    summary.percentiles = histogram.percentiles(ticksPerHalfDistance: 5).map {
      LatencySummary.Point(percentile: $0.percentile, value: Double($0.value) / 1000)
    }
    return summary
  }
}
