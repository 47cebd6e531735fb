/// A conversation as a loop with local followers has it: the window, and the cursors into it.
package final class Replica {
  /// How many cache lines hold what each message needs: the fields up to ``ahead``, wherever the first line begins.
  static let linesInUse = 4

  // What each message needs comes first, for the sake of caches
  var window = Window(lastSequence: 0)
  /// 0 until the owner has answered.
  var epoch: UInt64 = 0
  var members: UInt32 = 0
  /// The owner has told where the log ends.
  var isAttached = false
  /// Something was appended since the last flush.
  var isTouched = false
  /// False: what has left the window is gone.
  let isStored: Bool
  /// When something was appended last; the loop's clock.
  var lastAppend: UInt64 = 0
  /// The sequence that live cursors get next. Behind the end of the log, but between an append and its flush.
  var liveNext: UInt64 = 1
  /// Cursors that have got everything up to the last flush: those that the next append concerns.
  private(set) var live = ShortList<Cursor>()
  /// The sessions of live cursors, in the same order.
  private(set) var liveSessions = ShortList<SessionID>()
  /// How many live cursors are of sessions that read JSON.
  private(set) var liveJSON = 0
  /// Sessions of this loop that follow, in whatever state.
  var followers = 0
  /// Cursors that wait until the replica is told of what they have.
  var ahead: [Cursor] = []

  /// Cursors that wait for the owner's answer.
  var opening: [Cursor] = []
  let conversation: ConversationID

  init(conversation: ConversationID, isStored: Bool) {
    self.conversation = conversation
    self.isStored = isStored
  }

  /// A device may have more than has come to this loop yet: then only the owner knows where the log ends.
  func isBehind(_ start: Cursor.Start) -> Bool {
    guard case .after(let start, let sequence) = start else { return false }
    return (start == 0 || start == epoch) && sequence > window.lastSequence
  }

  /// O(1).
  func addLive(_ cursor: Cursor) {
    cursor.state = .live
    cursor.liveIndex = live.count
    live.append(cursor)
    liveSessions.append(cursor.session.id)
    if cursor.session.format == .json { liveJSON += 1 }
  }

  /// Makes a live cursor one that lies behind. O(1): the last one takes its place.
  func removeLive(_ cursor: Cursor) {
    let index = cursor.liveIndex
    guard index < live.count, live[index] === cursor, let last = live.popLast() else { return }
    _ = liveSessions.popLast()
    if cursor.session.format == .json { liveJSON -= 1 }
    if last !== cursor {
      live[index] = last
      liveSessions[index] = last.session.id
      last.liveIndex = index
    }
    cursor.next = liveNext
    cursor.state = .behind
  }
}
