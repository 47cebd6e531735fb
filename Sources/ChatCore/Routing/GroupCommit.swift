/// Lets appends wait a moment longer, so that the next commit does for more publishers.
///
/// Those who are answered may publish again at once. If what has come meanwhile went to the store together with the answers,
/// half of the publishers would be in each commit, and all of them would wait for two. So it waits for what comes of the
/// answers: until as many messages have come as were answered, or none comes for a moment. Where there are many publishers, only
/// until the first comes; and not at all where telling others of the messages takes longer than telling the publishers: a commit
/// goes on beside that.
package struct GroupCommit {
  /// The moment, in microseconds.
  package static let gatherTime: UInt64 = 100
  /// With more publishers, what a commit costs by itself is little for each, and some had better send while others wait for it.
  static let fewPublishers = 128

  /// Messages that may still come of the answers.
  private var missing = 0
  /// When the answers were out, in nanoseconds of the loop's clock. Nil: they are not yet.
  private var flushed: UInt64?
  /// Some have come of them.
  private var hasBegun = false
  /// None has since ``pass()``.
  private var isQuiet = false
  /// Of the answer of the store that is taken now.
  private var messages = 0
  private var deliveries = 0
  private var waiting = 0

  /// Appends are kept back.
  var isGathering: Bool { missing > 0 }

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
    defer { (messages, deliveries, waiting) = (0, 0, 0) }
    // For the only publisher nobody else waits.
    guard messages + waiting > 1, waiting <= 2 * messages, deliveries <= 2 * messages else { return }
    let all = messages + (hasBegun ? missing : 0)
    missing = all + waiting <= Self.fewPublishers ? all : 1
    (flushed, hasBegun, isQuiet) = (nil, false, false)
  }

  /// Sockets have the answers.
  mutating func flushed(at now: UInt64) {
    if flushed == nil { flushed = now }
  }

  /// Messages were published.
  mutating func came(_ messages: Int, at now: UInt64) {
    // Before the answers were out, so it is not of them.
    guard let flushed else { return }
    // Too late to be of them. Once they come, the time between two looks at the sockets is that of what is done with them.
    if !hasBegun, now &- flushed >= Self.gatherTime * 1_000 { missing = 0 }
    missing = max(0, missing - messages)
    (hasBegun, isQuiet) = (true, false)
  }

  /// A moment is over.
  mutating func pass() {
    if isQuiet { missing = 0 }
    isQuiet = true
  }
}
