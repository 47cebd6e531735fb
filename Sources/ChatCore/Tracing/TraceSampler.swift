/// Decides which publishes are traced, and names their spans.
///
/// The publisher's decision counts, if it has made one; of the other publishes a share is taken, evenly. The names are
/// made from a seed, so that a run can be repeated.
package struct TraceSampler: Sendable {
  /// No trace is ever begun, and none continued.
  package static let off = TraceSampler(isOn: false, ratio: 0, seed: 0)

  /// Traces that one batch of publishes takes; what is more than that is not recorded.
  package static let mostPerBatch = 64

  private static let whole: UInt32 = 1_000_000

  /// One look at this is all that a publish costs when nothing is traced.
  let isOn: Bool
  /// In millionths.
  private let share: UInt32
  private var sum: UInt32 = 0
  private var seed: UInt64

  /// - Parameters:
  ///   - ratio: of the publishes that bring no trace context, 0 to 1.
  ///   - seed: random, and another one for each loop.
  package init(ratio: Double, seed: UInt64) {
    self.init(isOn: true, ratio: ratio, seed: seed)
  }

  private init(isOn: Bool, ratio: Double, seed: UInt64) {
    self.isOn = isOn
    share = UInt32((min(1, max(0, ratio.isNaN ? 0 : ratio)) * Double(Self.whole)).rounded())
    self.seed = seed
  }

  /// The trace of a publish; nil if it has none.
  ///
  /// - Parameters:
  ///   - traceparent: what the publish brings.
  ///   - time: when it was read, in nanoseconds since 1970.
  mutating func trace(_ traceparent: String, at time: UInt64) -> PublishTrace? {
    if let parent = TraceContext(traceparent) {
      guard parent.isSampled else { return nil }
      return PublishTrace(context: parent.with(span: nextID()), parent: parent, receivedAt: time)
    }
    sum += share
    guard sum >= Self.whole else { return nil }
    sum -= Self.whole
    let context = TraceContext(traceHigh: nextID(), traceLow: nextID(), span: nextID(), isSampled: true)
    return PublishTrace(context: context, parent: nil, receivedAt: time)
  }

  /// SplitMix64, and never 0.
  private mutating func nextID() -> UInt64 {
    seed &+= 0x9e37_79b9_7f4a_7c15
    var mixed = seed
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    mixed ^= mixed >> 31
    return mixed == 0 ? 1 : mixed
  }
}
