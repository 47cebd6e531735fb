/// Wakes sessions at coarse times: one entry for each session, O(1) to add, O(due) to take.
///
/// See Varghese and Lauck, "Hashed and Hierarchical Timing Wheels", 1987.
struct TimerWheel {
  /// Milliseconds that one bucket stands for.
  static let resolution: UInt64 = 100
  private static let bucketCount: UInt64 = 1024
  /// What is scheduled further ahead wakes after this time, in milliseconds.
  static let reach: UInt64 = (bucketCount - 2) * resolution

  private var buckets: [[SessionID]] = Array(repeating: [], count: Int(bucketCount))
  /// The last bucket taken, counted from time 0.
  private var taken: UInt64

  init(now: UInt64) {
    taken = now / Self.resolution
  }

  /// Wakes at `time` or up to one resolution later; beyond the wheel's reach, at its end.
  ///
  /// - Returns: when it wakes at the earliest. Where the last look at the wheel was long ago, its end comes soon.
  @discardableResult
  mutating func schedule(_ session: SessionID, at time: UInt64) -> UInt64 {
    let tick = min(max(time / Self.resolution &+ 1, taken + 1), taken + Self.bucketCount - 1)
    buckets[Int(tick % Self.bucketCount)].append(session)
    return tick &* Self.resolution
  }

  /// Takes out what is due.
  mutating func take(until now: UInt64) -> [SessionID] {
    var due: [SessionID] = []
    let last = now / Self.resolution
    var steps: UInt64 = 0
    while taken < last, steps < Self.bucketCount {
      taken += 1
      steps += 1
      let bucket = Int(taken % Self.bucketCount)
      due += buckets[bucket]
      buckets[bucket].removeAll(keepingCapacity: true)
    }
    taken = max(taken, last)
    return due
  }
}
