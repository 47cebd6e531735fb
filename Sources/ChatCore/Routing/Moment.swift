/// The time of an event, as its driver read it.
package struct Moment: Hashable, Sendable {
  /// Milliseconds of a clock that never goes back.
  package var uptime: UInt64
  /// Milliseconds since 1970.
  package var unixTime: Int64

  package init(uptime: UInt64, unixTime: Int64) {
    self.uptime = uptime
    self.unixTime = unixTime
  }
}
