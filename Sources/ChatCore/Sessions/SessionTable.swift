/// The sessions of one loop.
struct SessionTable {
  private var slots: [Session?] = []
  /// By slot.
  var outlets: [Outlet] = []
  private var generations: [UInt32] = []
  private var free: [UInt32] = []
  /// Sessions in the table.
  private(set) var count = 0

  /// Makes a session. O(1) amortised.
  mutating func insert(_ format: WireFormat, now: UInt64, _ make: (SessionID) -> Session) -> Session {
    let slot: UInt32
    if let reused = free.popLast() {
      slot = reused
    } else {
      slot = UInt32(slots.count)
      slots.append(nil)
      generations.append(0)
      outlets.append(Outlet(format: format, lastSent: now))
    }
    generations[Int(slot)] &+= 1
    let session = make(SessionID(slot: slot, generation: generations[Int(slot)]))
    slots[Int(slot)] = session
    outlets[Int(slot)] = Outlet(format: format, lastSent: now)
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

  /// Sessions whose connections take no bytes now. O(slots).
  var blockedCount: Int {
    outlets.indices.count { slots[$0] != nil && !outlets[$0].isWritable }
  }

  /// Looks at each session. O(slots).
  func forEach(_ body: (Session, Outlet) -> Void) {
    for (slot, session) in slots.enumerated() {
      if let session { body(session, outlets[slot]) }
    }
  }

  /// All sessions, in order of slot. O(slots).
  var all: [Session] { slots.compactMap { $0 } }
}
