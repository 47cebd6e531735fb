/// A conversation as a loop with local followers has it: the window, and the cursors into it.
package final class Replica {
  /// How many cache lines hold what each message needs: the fields up to ``followers``, wherever the first line begins.
  static let linesInUse = 5

  // What each message needs comes first, for the sake of caches
  var tail = Tail(after: 0)
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
  /// Sessions of this loop that follow, in whatever state.
  var followers = 0

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
    return (start == 0 || start == epoch) && sequence > tail.lastSequence
  }
}
