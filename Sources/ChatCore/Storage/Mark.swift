/// How far a member has received and read a log.
public struct Mark: Hashable, Sendable {
  /// The conversation.
  public let conversation: ConversationID
  /// The member.
  public let user: UserID
  /// The last sequence that a device of the user has received; 0: this mark does not move.
  public let delivered: UInt64
  /// The last sequence that the user has read; 0: this mark does not move. What was read was delivered, so it
  /// moves the other mark too.
  public let read: UInt64

  /// Makes a value.
  public init(conversation: ConversationID, user: UserID, delivered: UInt64 = 0, read: UInt64 = 0) {
    self.conversation = conversation
    self.user = user
    self.delivered = delivered
    self.read = read
  }

  /// The marks to move to in a log that ends with this sequence.
  package func limited(to lastSequence: UInt64) -> (delivered: UInt64, read: UInt64) {
    (min(max(delivered, read), lastSequence), min(read, lastSequence))
  }
}
