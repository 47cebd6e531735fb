/// A conversation as one of its members has it.
public struct Membership: Hashable, Sendable {
  /// How far the other user of a direct conversation is.
  public struct Peer: Hashable, Sendable {
    /// The last sequence that the user's devices have acknowledged.
    public var delivered: UInt64
    /// The last sequence that the user has read.
    public var read: UInt64

    /// Makes a value.
    public init(delivered: UInt64, read: UInt64) {
      self.delivered = delivered
      self.read = read
    }
  }

  /// The conversation.
  public var conversation: ConversationID
  /// The conversation's log.
  public var log: LogState
  /// The last sequence that the user's devices have acknowledged.
  public var delivered: UInt64
  /// The last sequence that the user has read.
  public var read: UInt64
  /// The other user of a direct conversation; nil for other kinds, and for one with oneself.
  public var peer: Peer?

  /// Makes a value.
  public init(
    conversation: ConversationID, log: LogState, delivered: UInt64, read: UInt64 = 0, peer: Peer? = nil
  ) {
    self.conversation = conversation
    self.log = log
    self.delivered = delivered
    self.read = read
    self.peer = peer
  }
}

extension ConversationID {
  /// The other one of a direct conversation's two users; nil for other kinds and other users.
  package func peer(of user: UserID) -> UserID? {
    let users = directUsers
    guard users.contains(user) else { return nil }
    return users.first { $0 != user }
  }
}
