/// Lets appends wait a moment longer, so that the next commit does for more publishers.
///
/// Those who are answered may publish again at once. If what has come to their conversation meanwhile went to the store
/// together with the answers, half of the publishers would be in each commit, and all of them would wait for two. So it goes
/// with what comes of the answers. Not where telling others of the messages takes longer than telling the publishers: a commit
/// goes on beside that.
package struct GroupCommit {
  /// How long it waits at most, in microseconds. Who publishes again at once needs less.
  package static let gatherTime: Int64 = 100

  private enum State {
    case idle
    /// Answers go out with the next flush.
    case answering
    /// They are out.
    case answered
  }

  private var state = State.idle
  /// Of the answer of the store that is taken now.
  private var messages = 0
  private var deliveries = 0
  private var waiting = 0

  /// Appends are kept back.
  var isGathering: Bool { state != .idle }

  /// An append was committed.
  ///
  /// - Parameters:
  ///   - messages: how many it had.
  ///   - deliveries: how many cursors get them.
  ///   - waiting: messages that have come to the same conversation meanwhile.
  mutating func committed(messages: Int, deliveries: Int, waiting: Int) {
    self.messages += messages
    self.deliveries += deliveries
    self.waiting += waiting
  }

  /// That was all of the store's answer.
  mutating func answered() {
    if waiting > 0, waiting <= 2 * messages, deliveries <= 2 * messages { state = .answering }
    (messages, deliveries, waiting) = (0, 0, 0)
  }

  /// Sockets have got what is new.
  mutating func flushed() {
    if state == .answering { state = .answered }
  }

  /// Something has come, from a socket or another loop, or the time is over. What else came at the same time is taken, too: the
  /// turn is after all of it.
  mutating func end() {
    if state == .answered { state = .idle }
  }
}
