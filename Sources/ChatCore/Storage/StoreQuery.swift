/// A question to the store.
public enum StoreQuery: Hashable, Sendable {
  /// One log; a conversation that does not exist yet is an empty one with the store's epoch.
  case log(ConversationID)
  /// All conversations that the user is a member of, those with the newest messages last, at most `limit`.
  case memberships(UserID, limit: Int)
  /// Messages in order of sequence.
  case page(PageQuery)
  /// One conversation.
  case conversation(ConversationID)
  /// Conversations in byte order of their names, those behind the name `after`, at most `limit`.
  case conversations(after: String?, limit: Int)
  /// Members in byte order of their names, those behind the name `after`, at most `limit`.
  case members(ConversationID, after: String?, limit: Int)
  /// The room that is left where the store keeps its data.
  case space
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
  /// The page is cut so that messages, encoded for delivery, beyond this many bytes are left out, but never
  /// the message next to the bound.
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
  case page(LogPage)
  /// `nil`: there is no such conversation.
  case conversation(StoredConversation?)
  case conversations([StoredConversation])
  /// `nil`: there is no such conversation. Empty for a broadcast.
  case members([StoredMember]?)
  case space(StoreSpace)
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
