/// A change to the store.
public enum StoreWrite: Sendable {
  /// Appends messages to one log, in order. Makes the conversation if it is new; a direct conversation's
  /// users are its members from the start, with a delivered mark of 0.
  case append(conversation: ConversationID, messages: [NewMessage])
  /// Makes the user a member, with a delivered mark at the log's end. Makes the conversation if it is new.
  case join(conversation: ConversationID, user: UserID, time: Int64)
  /// Ends a membership.
  case leave(conversation: ConversationID, user: UserID)
  /// Moves delivered marks of members forward; a mark that is further already stays, and one beyond the log's
  /// end moves to the end.
  case mark([DeliveredMark])
}

/// A message that has no place in the log yet.
public struct NewMessage: Sendable {
  /// The user who sent it.
  public let sender: UserID
  /// Empty: a retry cannot be told from a new message.
  public let clientMessageID: String
  /// Milliseconds since 1970.
  public let time: Int64
  /// Media type of the body; may be empty.
  public let contentType: String
  /// W3C trace context; may be empty.
  public let traceparent: String
  /// Owned bytes.
  public let body: Payload

  /// Makes a value.
  public init(
    sender: UserID, clientMessageID: String, time: Int64, contentType: String = "", traceparent: String = "",
    body: Payload
  ) {
    self.sender = sender
    self.clientMessageID = clientMessageID
    self.time = time
    self.contentType = contentType
    self.traceparent = traceparent
    self.body = body.owned
  }
}

/// How far a member's devices have received a log.
public struct DeliveredMark: Hashable, Sendable {
  /// The conversation.
  public let conversation: ConversationID
  /// The member.
  public let user: UserID
  /// The last sequence received.
  public let sequence: UInt64

  /// Makes a value.
  public init(conversation: ConversationID, user: UserID, sequence: UInt64) {
    self.conversation = conversation
    self.user = user
    self.sequence = sequence
  }
}

/// What a committed write did.
public enum StoreOutcome: Hashable, Sendable {
  /// For ``StoreWrite/append(conversation:messages:)``.
  case appended(AppendOutcome)
  /// For join and leave.
  case membership(MembershipOutcome)
  /// For ``StoreWrite/mark(_:)``.
  case marked
}

/// What a committed append did.
public struct AppendOutcome: Hashable, Sendable {
  /// What became of one message.
  public enum Place: Hashable, Sendable {
    /// It is in the log at this sequence. The sequences stored by one append follow one another.
    case stored(sequence: UInt64)
    /// An earlier message has the same client message id: that one's sequence and time.
    case duplicate(sequence: UInt64, time: Int64)
  }

  /// Identity of the log.
  public var epoch: UInt64
  /// The log's last sequence after the append.
  public var lastSequence: UInt64
  /// Members of the conversation; 0 for broadcast.
  public var members: UInt32
  /// One for each message, in order.
  public var places: [Place]
  /// The conversation was made by this append.
  public var created: Bool

  /// Makes a value.
  public init(epoch: UInt64, lastSequence: UInt64, members: UInt32, places: [Place], created: Bool) {
    self.epoch = epoch
    self.lastSequence = lastSequence
    self.members = members
    self.places = places
    self.created = created
  }
}

/// What a committed join or leave did.
public struct MembershipOutcome: Hashable, Sendable {
  /// False: the user was a member already, or was none.
  public var changed: Bool
  /// The conversation after the change, with the user's delivered mark (0 after leaving).
  public var membership: Membership

  /// Makes a value.
  public init(changed: Bool, membership: Membership) {
    self.changed = changed
    self.membership = membership
  }
}
