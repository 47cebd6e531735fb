/// When paced messages are to be sent: fixed in advance, whatever the server does.
struct Schedule {
  let start: UInt64
  let rate: Double
  /// Nothing is due from here on.
  let end: UInt64
  /// Messages that were due.
  private(set) var number: UInt64 = 0
  /// When the next one is due.
  private(set) var due: UInt64

  init(start: UInt64, rate: Double, end: UInt64) {
    self.start = start
    self.rate = rate
    self.end = end
    due = start
  }

  /// Its place is computed from the start, so that nothing adds up.
  mutating func advance() {
    number += 1
    let time = start + UInt64(Double(number) * 1e9 / rate)
    due = time < end ? time : .max
  }
}
