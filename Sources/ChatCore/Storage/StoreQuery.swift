/// A question to the store.
public enum StoreQuery: Hashable, Sendable {
  /// One log; a conversation that does not exist yet is an empty one with the store's epoch.
  case log(ConversationID)
  /// All conversations that the user is a member of, those with the newest messages last, at most `limit`.
  case memberships(UserID, limit: Int)
  /// Messages in order of sequence.
  case page(PageQuery)
}

/// A part of a log.
public struct PageQuery: Hashable, Sendable {
  /// Which end of the part is given.
  public enum Bound: Hashable, Sendable {
    /// The first messages with a sequence above this.
    case after(UInt64)
    /// The last messages with a sequence below this.
    case before(UInt64)
  }

  /// The conversation.
  public let conversation: ConversationID
  /// Where the page starts or ends.
  public let bound: Bound
  /// At most this many messages.
  public let messages: Int
  /// The page is cut so that bodies beyond this many bytes are left out, but never the message next to
  /// the bound.
  public let bytes: Int

  /// Makes a value.
  public init(conversation: ConversationID, bound: Bound, messages: Int, bytes: Int) {
    self.conversation = conversation
    self.bound = bound
    self.messages = messages
    self.bytes = bytes
  }
}

/// The answer to a ``StoreQuery``.
public enum StoreAnswer: Hashable, Sendable {
  case log(LogState)
  case memberships([Membership])
  case page(LogState, [Message])
}

/// A log as it stands in the store.
public struct LogState: Hashable, Sendable {
  /// Identity of the log.
  public var epoch: UInt64
  /// The lowest sequence kept; 0: the log is empty. With messages deleted up to the end: `lastSequence + 1`.
  public var firstSequence: UInt64
  /// 0: nothing was ever appended.
  public var lastSequence: UInt64
  /// 0 for broadcast.
  public var members: UInt32

  /// Makes a value.
  public init(epoch: UInt64, firstSequence: UInt64, lastSequence: UInt64, members: UInt32) {
    self.epoch = epoch
    self.firstSequence = firstSequence
    self.lastSequence = lastSequence
    self.members = members
  }
}

/// A conversation as one of its members has it.
public struct Membership: Hashable, Sendable {
  /// The conversation.
  public var conversation: ConversationID
  /// The conversation's log.
  public var log: LogState
  /// The last sequence that the user's devices have acknowledged.
  public var delivered: UInt64

  /// Makes a value.
  public init(conversation: ConversationID, log: LogState, delivered: UInt64) {
    self.conversation = conversation
    self.log = log
    self.delivered = delivered
  }
}
