/// A connection that publishes, and what it has still to send.
struct Publisher {
  static let outboxBytes = 1 << 20
  /// paced: so much may wait for a server that does not keep up.
  static let pacedOutboxBytes = 16 << 20

  /// Its connection.
  var connection: Int
  var outbox: Outbox
  /// The topic that its next message goes to.
  var nextTopic: Int
  /// Messages that it has sent.
  var serial: UInt64 = 0
  /// paced: whether something was put into its outbox in this round.
  var hasNew = false
}
