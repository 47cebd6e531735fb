import Foundation

/// Times in nanoseconds.
enum Clock {
  @inline(__always)
  static func now() -> UInt64 { read(CLOCK_MONOTONIC) }

  /// CPU time of this process.
  static func cpu() -> UInt64 { read(CLOCK_PROCESS_CPUTIME_ID) }

  static func nanoseconds(_ seconds: Double) -> UInt64 { UInt64(max(0, seconds) * 1e9) }

  @inline(__always)
  private static func read(_ clock: clockid_t) -> UInt64 {
    var time = timespec()
    clock_gettime(clock, &time)
    return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
  }
}
