/// When the publishes that wait for their acknowledgement were sent.
struct SendTimes {
  private let slots: Int
  /// A ring for each publisher; 0: free.
  private let times: UnsafeMutablePointer<UInt64>
  /// The oldest that waits, of each publisher.
  private let oldest: UnsafeMutablePointer<UInt64>

  init(publishers: Int, inFlight: Int) {
    var slots = 1
    while slots < inFlight { slots *= 2 }
    self.slots = slots
    times = .allocate(capacity: publishers * slots)
    times.initialize(repeating: 0, count: publishers * slots)
    oldest = .allocate(capacity: publishers)
    oldest.initialize(repeating: 0, count: publishers)
  }

  /// False if an older one still holds the place: acknowledgements may come in any order.
  func hasRoom(publisher: Int, serial: UInt64) -> Bool { times[place(publisher, serial)] == 0 }

  func put(publisher: Int, serial: UInt64, time: UInt64) { times[place(publisher, serial)] = time }

  /// nil: it does not wait.
  func take(publisher: Int, serial: UInt64?) -> UInt64? {
    let slot = place(publisher, serial ?? oldest[publisher])
    guard times[slot] != 0 else { return nil }
    defer { times[slot] = 0 }
    if serial == nil { oldest[publisher] += 1 }
    return times[slot]
  }

  private func place(_ publisher: Int, _ serial: UInt64) -> Int {
    publisher * slots + Int(serial & UInt64(slots - 1))
  }
}
