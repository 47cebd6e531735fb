/// A conversation as a loop with local followers has it: the window, and the cursors into it.
package final class Replica {
  let conversation: ConversationID
  /// 0 until the owner has answered.
  var epoch: UInt64 = 0
  var members: UInt32 = 0
  var window = Window(lastSequence: 0)
  /// The owner has told where the log ends.
  var isAttached = false
  /// Cursors at the end of the log: those that the next append concerns.
  private(set) var live: [Cursor] = []
  /// Cursors that wait for the owner's answer.
  var opening: [Cursor] = []
  /// Sessions of this loop that follow, in whatever state.
  var followers = 0
  /// Something was appended since the last flush.
  var isTouched = false
  /// When something was appended last; the loop's clock.
  var lastAppend: UInt64 = 0

  init(conversation: ConversationID) {
    self.conversation = conversation
  }

  /// A device may have more than has come to this loop yet: then only the owner knows where the log ends.
  func isBehind(_ start: Cursor.Start) -> Bool {
    guard case .after(let start, let sequence) = start else { return false }
    return (start == 0 || start == epoch) && sequence > window.lastSequence
  }

  /// O(1).
  func addLive(_ cursor: Cursor) {
    cursor.liveIndex = live.count
    live.append(cursor)
  }

  /// O(1): the last one takes its place.
  func removeLive(_ cursor: Cursor) {
    let index = cursor.liveIndex
    guard index < live.count, live[index] === cursor, let last = live.popLast() else { return }
    if last !== cursor {
      live[index] = last
      last.liveIndex = index
    }
  }

  /// All live cursors, which are live no longer.
  func takeLive() -> [Cursor] {
    var taken: [Cursor] = []
    taken.reserveCapacity(live.count)
    swap(&taken, &live)
    return taken
  }
}
