/// The sessions of one loop.
struct SessionTable {
  private var slots: [Session?] = []
  private var generations: [UInt32] = []
  private var free: [UInt32] = []
  /// Sessions in the table.
  private(set) var count = 0

  /// Makes a session. O(1) amortised.
  mutating func insert(_ make: (SessionID) -> Session) -> Session {
    let slot: UInt32
    if let reused = free.popLast() {
      slot = reused
    } else {
      slot = UInt32(slots.count)
      slots.append(nil)
      generations.append(0)
    }
    generations[Int(slot)] &+= 1
    let session = make(SessionID(slot: slot, generation: generations[Int(slot)]))
    slots[Int(slot)] = session
    count += 1
    return session
  }

  /// `nil` if that session has ended, also if its slot has a new one.
  subscript(id: SessionID) -> Session? {
    guard id.slot < slots.count, let session = slots[Int(id.slot)], session.id == id else { return nil }
    return session
  }

  mutating func remove(_ id: SessionID) {
    guard self[id] != nil else { return }
    slots[Int(id.slot)] = nil
    free.append(id.slot)
    count -= 1
  }

  /// All sessions, in order of slot. O(slots).
  var all: [Session] { slots.compactMap { $0 } }
}
