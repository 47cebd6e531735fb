/// A change to the store.
public enum StoreWrite: Sendable {
  /// Appends messages to one log, in order. Makes the conversation if it is new; a direct conversation's
  /// users are its members from the start, with marks of 0.
  case append(conversation: ConversationID, messages: [NewMessage])
  /// Makes the user a member, with both marks at the log's end. Makes the conversation if it is new.
  case join(conversation: ConversationID, user: UserID, time: Int64)
  /// Ends a membership.
  case leave(conversation: ConversationID, user: UserID)
  /// Moves marks of members forward; a mark that is further already stays, and one beyond the log's end moves
  /// to the end.
  case mark([Mark])
  /// Writes something that nobody reads: its outcome shows that commits reach the disk.
  case probe
}

/// What a committed write did.
public enum StoreOutcome: Hashable, Sendable {
  /// For ``StoreWrite/append(conversation:messages:)``.
  case appended(AppendOutcome)
  /// For join and leave.
  case membership(MembershipOutcome)
  /// For ``StoreWrite/mark(_:)``.
  /// The marks that moved, and where they are now.
  case marked([Mark])
  case probed
}

extension StoreOutcome {
  /// Messages that were not in the log before.
  package var storedMessages: Int {
    guard case .appended(let outcome) = self else { return 0 }
    return outcome.places.count { if case .stored = $0 { true } else { false } }
  }
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
  /// Senders of messages to a group that are ``NewMessage/mayBeFromOutside`` and who are no members of it.
  public var outsiders: Set<UserID>

  /// Makes a value.
  public init(
    epoch: UInt64, lastSequence: UInt64, members: UInt32, places: [Place], created: Bool,
    outsiders: Set<UserID> = []
  ) {
    self.outsiders = outsiders
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
  /// The conversation after the change, with the user's marks (0 after leaving).
  public var membership: Membership

  /// Makes a value.
  public init(changed: Bool, membership: Membership) {
    self.changed = changed
    self.membership = membership
  }
}
