/// One thing that a publisher, a subscriber or a reader of history observed.
enum DeliveryEvent: Hashable, Sendable {
  /// The broker said that the message is stored at this sequence.
  case acknowledged(publisher: String, counter: Int, conversation: String, sequence: UInt64)
  /// From now on the subscriber is owed each message, from sequence 1 on.
  case following(subscriber: String, conversation: String)
  /// The subscriber was given the message.
  case seen(subscriber: String, conversation: String, sequence: UInt64, body: String)
  /// The subscriber was told that it will not get these messages.
  case gap(subscriber: String, conversation: String, from: UInt64, to: UInt64)
  /// History has the message. Recorded in the order of the pages.
  case stored(conversation: String, sequence: UInt64, body: String)
}
