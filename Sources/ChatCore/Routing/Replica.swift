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
  var live: [Cursor] = []
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
}
