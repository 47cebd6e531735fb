/// Lets what waits for a commit wait a moment longer, so that the next one does for more publishers.
///
/// Those who are answered may publish again at once. If what has come to their conversation meanwhile went to the store
/// together with the answers, half of the publishers would be in each commit, and all of them would wait for two. So it goes one
/// turn later, with what has come of the answers. Not where telling others of the messages takes longer than telling the
/// publishers: a commit goes on beside that.
struct GroupCommit {
  private enum State {
    case idle
    /// Answers go out with the next flush.
    case answering
    /// They are out.
    case answered
  }

  private var state = State.idle

  /// Writes are kept back.
  var isGathering: Bool { state != .idle }

  /// The store has answered.
  ///
  /// - Parameters:
  ///   - messages: what it has committed.
  ///   - deliveries: how many cursors get them.
  ///   - waiting: messages that have come meanwhile.
  mutating func committed(messages: Int, deliveries: Int, waiting: Int) {
    guard waiting > 0, waiting <= 2 * messages, deliveries <= 2 * messages else { return }
    state = .answering
  }

  /// Sockets get what is new.
  mutating func flushed() {
    state = state == .answering ? .answered : .idle
  }
}
