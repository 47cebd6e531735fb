/// How many of something came together, in buckets of powers of two; of fixed size.
public struct CountHistogram: Hashable, Sendable {
  /// The last bucket with an end holds up to 2 to the power of this, 65,536.
  private static let lastPower = 16

  // One for each power, and one for what is more.
  private var counts = [UInt64](repeating: 0, count: lastPower + 2)
  /// How often something was recorded.
  public private(set) var count: UInt64 = 0
  /// Of all that was recorded.
  public private(set) var sum: UInt64 = 0

  /// Nothing recorded.
  public init() {}

  /// Counts `value` things that came together. O(1).
  public mutating func record(_ value: Int) {
    let value = UInt64(clamping: max(0, value))
    let power = value <= 1 ? 0 : UInt64.bitWidth - (value - 1).leadingZeroBitCount
    counts[min(power, Self.lastPower + 1)] &+= 1
    count &+= 1
    sum &+= value
  }

  /// How many were at most 1, 2, 4 … 65,536.
  public var cumulative: [(end: Double, count: UInt64)] {
    var seen: UInt64 = 0
    return counts.prefix(Self.lastPower + 1).enumerated().map { power, bucket in
      seen &+= bucket
      return (Double(UInt64(1) << UInt64(power)), seen)
    }
  }
}
