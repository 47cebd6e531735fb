/// How long something took, counted in steps of a fifth: exact enough to show, and of fixed size.
package struct LatencyHistogram: Sendable {
  /// The first bucket ends here, in microseconds; each further one is longer by a fourth root of two.
  private static let first = 50.0
  static let ends: [Double] = {
    var ends = [first]
    // Up to a minute.
    while let last = ends.last, last < 60_000_000 { ends.append(last * 1.189_207_115) }
    return ends
  }()

  private var counts = [UInt64](repeating: 0, count: ends.count)
  package private(set) var count: UInt64 = 0
  package private(set) var maximum = 0.0
  /// In microseconds.
  package private(set) var sum = 0.0

  /// Nothing recorded. Takes some 700 bytes.
  package init() {}

  /// O(1), whatever the weight.
  ///
  /// - Parameters:
  ///   - microseconds: what is longer than a minute counts as one.
  ///   - weight: for how many this was the time.
  package mutating func record(_ microseconds: Double, weight: Int = 1) {
    let weight = UInt64(clamping: weight)
    counts[Self.bucket(of: microseconds)] &+= weight
    count &+= weight
    sum += microseconds * Double(weight)
    maximum = max(maximum, microseconds)
  }

  /// The first bucket that ends at a time or behind it; the last one if none does.
  ///
  /// The binary exponent tells it but for a few, which spares a search with as many wrong guesses of the processor.
  static func bucket(of microseconds: Double) -> Int {
    let ratio = microseconds / first
    guard ratio > 1 else { return 0 }
    var bucket = min(4 * min(ratio.exponent, ends.count), ends.count - 1)
    while bucket < ends.count - 1, ends[bucket] < microseconds { bucket += 1 }
    while bucket > 0, ends[bucket - 1] >= microseconds { bucket -= 1 }
    return bucket
  }

  package mutating func add(_ other: LatencyHistogram) {
    for index in counts.indices { counts[index] &+= other.counts[index] }
    count &+= other.count
    sum += other.sum
    maximum = max(maximum, other.maximum)
  }

  /// How many took at most so many seconds, for each doubling of ``first``.
  package var cumulative: [(end: Double, count: UInt64)] {
    var seen: UInt64 = 0
    var all: [(Double, UInt64)] = []
    for (index, bucket) in counts.enumerated() {
      seen &+= bucket
      guard index % 4 == 0 else { continue }
      // Doublings of a whole number of microseconds, which the fourth roots have rounded.
      all.append(((Self.ends[index]).rounded() / 1_000_000, seen))
    }
    return all
  }

  /// What this share took at most, in microseconds, rounded up to the end of its bucket; 0: nothing was measured.
  package func quantile(_ share: Double) -> Double {
    guard count > 0 else { return 0 }
    let wanted = UInt64((Double(count) * share).rounded(.up))
    var seen: UInt64 = 0
    for (index, bucket) in counts.enumerated() {
      seen &+= bucket
      if seen >= wanted { return min(Self.ends[index], maximum) }
    }
    return maximum
  }
}
