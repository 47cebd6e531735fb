import Testing

@testable import ChatCore

struct TailTests {
  private let replica = Replica(conversation: .everyone, isStored: true)

  private func session(_ slot: UInt32, _ format: WireFormat = .stream) -> Session {
    Session(
      id: SessionID(slot: slot, generation: 1), format: format, limits: SessionLimits(Limits()), now: 0)
  }

  private func cursor(_ session: Session) -> Cursor {
    Cursor(session: session, replica: replica, start: .tail, announcement: .none, firstGranted: 0)
  }

  // The macros of tests take no part of what cannot be copied.
  private var hasNews: Bool { replica.tail.hasNews }
  private var hasAhead: Bool { replica.tail.hasAhead }
  private var slots: [UInt32] { replica.tail.sessions.map(\.slot) }
  private var jsonSessions: Int { replica.tail.jsonSessions }
  private var windowBytes: Int { replica.tail.window.byteCount }
  private func pass(keeping bytes: Int) -> Int { replica.tail.pass(keeping: bytes) }
  private func takeAhead() -> [ObjectIdentifier] { replica.tail.takeAhead().map(ObjectIdentifier.init) }

  private func append(_ sequence: UInt64) -> Int {
    let segment = [UInt8](repeating: 1, count: 10).withUnsafeBytes {
      Segment($0, firstSequence: sequence, ends: ShortList(of: 10))
    }
    return replica.tail.changeWindow { $0.append(segment) }
  }

  @Test func `a cursor that falls behind gets what is new, and the last one takes its place`() {
    let sessions = [session(0), session(1, .json), session(2)]
    let cursors = sessions.map(cursor)
    for cursor in cursors { replica.tail.addLive(cursor) }
    #expect(!hasNews && jsonSessions == 1)
    #expect(append(1) == 10)
    #expect(hasNews)
    let fallen = replica.tail.removeLive(at: 0)
    #expect(fallen === cursors[0])
    #expect(slots == [2, 1])
    #expect(cursors[0].state == .behind && cursors[0].next == 1)
    #expect(pass(keeping: 100) == 0)
    #expect(!hasNews && cursors[2].next == 2)
    replica.tail.removeLive(cursors[1])
    #expect(slots == [2] && jsonSessions == 0)
    // Not live any more.
    replica.tail.removeLive(cursors[1])
    #expect(slots == [2])
  }

  @Test func `the window keeps its newest segment when live cursors have passed, and says what went`() {
    let ann = session(0)
    replica.tail.addLive(cursor(ann))
    for sequence in UInt64(1)...3 { #expect(append(sequence) == 10) }
    #expect(pass(keeping: 20) == -10)
    #expect(pass(keeping: 0) == -10)
    #expect(windowBytes == 10)
    let (next, last) = (replica.tail.next, replica.tail.lastSequence)
    #expect(next == 4 && last == 3)
  }

  @Test func `cursors that are ahead wait until they are taken, all at once`() {
    let sessions = [session(0), session(1)]
    let cursors = sessions.map(cursor)
    for cursor in cursors { replica.tail.addAhead(cursor) }
    #expect(hasAhead && cursors.allSatisfy { $0.state == .ahead })
    replica.tail.removeAhead(cursors[0])
    #expect(takeAhead() == [ObjectIdentifier(cursors[1])])
    #expect(!hasAhead && takeAhead().isEmpty)
  }
}
