/// The time of an event, as its driver read it.
package struct Moment: Hashable, Sendable {
  /// Nanoseconds of a clock that never goes back: for measuring. All loops of a process read the same one.
  package let nanoseconds: UInt64
  /// The same in whole milliseconds: for time-outs. Kept, because it is read for every session of a flush.
  package let uptime: UInt64
  /// Milliseconds since 1970.
  package let unixTime: Int64
  /// Nanoseconds since 1970: for traces.
  package let unixNanoseconds: UInt64

  package init(nanoseconds: UInt64, unixNanoseconds: UInt64) {
    self.nanoseconds = nanoseconds
    uptime = nanoseconds / 1_000_000
    self.unixNanoseconds = unixNanoseconds
    unixTime = Int64(clamping: unixNanoseconds / 1_000_000)
  }

  /// For drivers whose clocks have whole milliseconds.
  package init(uptime: UInt64, unixTime: Int64) {
    nanoseconds = uptime &* 1_000_000
    self.uptime = uptime
    self.unixTime = unixTime
    unixNanoseconds = UInt64(clamping: unixTime) &* 1_000_000
  }

  /// What the one clock showed when the other showed `uptime`, both in milliseconds; the same from look to look.
  func unixTime(ofUptime uptime: UInt64) -> Int64 {
    // Cut once: two clocks that were cut to milliseconds would differ by one now and then.
    let offset = Int64(clamping: unixNanoseconds) &- Int64(clamping: nanoseconds)
    return offset / 1_000_000 &+ Int64(clamping: uptime)
  }

  /// How long ago this was, in microseconds.
  package func microseconds(since earlier: UInt64) -> Double {
    nanoseconds > earlier ? Double(nanoseconds - earlier) / 1_000 : 0
  }
}
