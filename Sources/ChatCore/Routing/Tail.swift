/// The end of a log on a loop with local followers: its newest messages, and the cursors that have got all before them.
///
/// One value, so that exclusive access to it is checked once for all that an append or a flush does to it.
struct Tail: ~Copyable {
  private(set) var window: Window
  /// The sequence that live cursors get next. Behind the end of the log, but between an append and its flush.
  private(set) var next: UInt64
  /// Cursors that have got everything up to the last flush: those that the next append concerns.
  private var live = ShortList<Cursor>()
  /// The sessions of live cursors, in the same order.
  private(set) var sessions = ShortList<SessionID>()
  /// How many live cursors are of sessions that read JSON.
  private(set) var jsonSessions = 0
  /// Cursors that wait until the loop is told of what they have.
  private var ahead: [Cursor] = []

  /// - Parameter lastSequence: where the log ends.
  init(after lastSequence: UInt64) {
    window = Window(lastSequence: lastSequence)
    next = lastSequence &+ 1
  }

  /// The last sequence of the log, whether or not the window holds it.
  var lastSequence: UInt64 { window.lastSequence }

  /// Live cursors have something to get.
  var hasNews: Bool { !sessions.isEmpty && next <= window.lastSequence }

  /// Cursors wait until the loop is told of what they have.
  var hasAhead: Bool { !ahead.isEmpty }

  // MARK: The window

  /// Changes the window.
  ///
  /// - Returns: by how many bytes it has grown.
  mutating func changeWindow(_ change: (inout Window) -> Void) -> Int {
    let before = window.byteCount
    change(&window)
    return window.byteCount - before
  }

  /// Keeps the window within a limit.
  ///
  /// - Returns: by how many bytes it has grown: 0 or fewer.
  mutating func trim(to bytes: Int) -> Int {
    window.byteCount > bytes ? changeWindow { $0.trim(to: bytes) } : 0
  }

  /// Notes that live cursors have everything up to the log's end, or are no longer live; then keeps the window within a limit.
  ///
  /// - Returns: by how many bytes the window has grown: 0 or fewer.
  mutating func pass(keeping bytes: Int) -> Int {
    next = window.lastSequence &+ 1
    return trim(to: bytes)
  }

  // MARK: Live cursors

  /// O(1).
  mutating func addLive(_ cursor: Cursor) {
    cursor.state = .live
    cursor.liveIndex = live.count
    live.append(cursor)
    sessions.append(cursor.session.id)
    if cursor.session.format == .json { jsonSessions += 1 }
  }

  /// Makes a live cursor one that lies behind. O(1): the last one takes its place.
  mutating func removeLive(_ cursor: Cursor) {
    let index = cursor.liveIndex
    guard index < live.count, live[index] === cursor, let last = live.popLast() else { return }
    _ = sessions.popLast()
    if cursor.session.format == .json { jsonSessions -= 1 }
    if last !== cursor {
      live[index] = last
      sessions[index] = last.session.id
      last.liveIndex = index
    }
    cursor.next = next
    cursor.state = .behind
  }

  /// Makes the live cursor at a place in ``sessions`` one that lies behind. O(1).
  mutating func removeLive(at index: Int) -> Cursor {
    let cursor = live[index]
    removeLive(cursor)
    return cursor
  }

  // MARK: Cursors that are ahead

  mutating func addAhead(_ cursor: Cursor) {
    cursor.state = .ahead
    ahead.append(cursor)
  }

  /// O(cursors that are ahead).
  mutating func removeAhead(_ cursor: Cursor) { ahead.removeAll { $0 === cursor } }

  /// All of them, because the loop has been told of more. Some may have to be added again.
  mutating func takeAhead() -> [Cursor] {
    var taken: [Cursor] = []
    swap(&taken, &ahead)
    return taken
  }
}
