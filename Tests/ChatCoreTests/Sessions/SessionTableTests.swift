import Testing

@testable import ChatCore

@Suite struct SessionTableTests {
  private func session(_ id: SessionID) -> Session {
    Session(id: id, format: .stream, limits: SessionLimits(Limits()), now: 0)
  }

  @Test("A slot is used again, and the earlier session's id no longer finds anything")
  func generations() {
    var table = SessionTable()
    let first = table.insert(.stream, now: 0) { session($0) }.id
    table.remove(first)
    let second = table.insert(.stream, now: 0) { session($0) }.id
    #expect(first.slot == second.slot)
    #expect(first != second)
    #expect(table[first] == nil)
    #expect(table[second] != nil)
    table.remove(first)
    #expect(table.count == 1)
  }

  @Test("The wheel wakes each session once, not before its time, and not much after")
  func timerWheel() {
    var wheel = TimerWheel(now: 0)
    let times: [UInt64] = [0, 50, 100, 999, 5_000, 90_000]
    for (slot, time) in times.enumerated() {
      wheel.schedule(SessionID(slot: UInt32(slot), generation: 1), at: time)
    }
    var woken: [UInt32: UInt64] = [:]
    for now in stride(from: UInt64(0), through: 200_000, by: 70) {
      for session in wheel.take(until: now) {
        #expect(woken[session.slot] == nil)
        woken[session.slot] = now
      }
    }
    for (slot, time) in times.enumerated() {
      let at = woken[UInt32(slot)] ?? 0
      #expect(at >= time && at <= time + 300, "due at \(time), woken at \(at)")
    }
  }

  @Test("A time beyond the wheel's reach wakes at its end, not never")
  func farTimer() {
    var wheel = TimerWheel(now: 0)
    wheel.schedule(SessionID(slot: 1, generation: 1), at: .max)
    var woken = 0
    for now in stride(from: UInt64(0), through: 300_000, by: 100) { woken += wheel.take(until: now).count }
    #expect(woken == 1)
  }
}
