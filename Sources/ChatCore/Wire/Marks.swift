/// How far a member of a conversation is.
public struct Marks: Hashable, Sendable {
  /// Name of the conversation.
  public var conversation: String
  /// The member.
  public var user: String
  /// The last sequence that the user's devices have acknowledged; 0: as before.
  public var delivered: UInt64
  /// The last sequence that the user has read; 0: as before.
  public var read: UInt64

  /// Makes a notice that marks have moved.
  public init(conversation: String, user: String, delivered: UInt64 = 0, read: UInt64 = 0) {
    self.conversation = conversation
    self.user = user
    self.delivered = delivered
    self.read = read
  }
}
