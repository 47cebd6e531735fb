/// How long to wait before the next attempt: exponential with full jitter, so that clients that lost the same broker
/// do not come back together.
struct Backoff {
  /// The longest first wait, in milliseconds.
  let initial: UInt64
  /// The longest wait, in milliseconds.
  let maximum: UInt64
  /// Failures since the last ``reset()``.
  private(set) var failures = 0
  private var random: SeededRandom

  init(initial: UInt64, maximum: UInt64, seed: UInt64) {
    self.initial = max(1, initial)
    self.maximum = max(1, initial, maximum)
    random = SeededRandom(seed: seed)
  }

  /// Milliseconds to wait now.
  mutating func next() -> UInt64 {
    // Beyond 2^32 times the first wait every maximum in use is reached.
    let (grown, overflow) = initial.multipliedReportingOverflow(by: 1 << UInt64(min(failures, 32)))
    failures = min(failures + 1, 32)
    return UInt64.random(in: 0...(overflow ? maximum : min(grown, maximum)), using: &random)
  }

  mutating func reset() { failures = 0 }
}

/// SplitMix64: a value, so that a state machine with the same seed does the same again.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
