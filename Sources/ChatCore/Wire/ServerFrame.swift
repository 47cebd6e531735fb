/// One frame from a server to a client: `chat.v1.ServerFrame`.
public struct ServerFrame: Hashable, Sendable {
  /// The request that this answers; 0: not an answer.
  public var requestID: UInt64
  /// What the server says.
  public var body: Body

  /// The kinds of frames, as in `chat.v1.ServerFrame`.
  public enum Body: Hashable, Sendable {
    case connected(Connected)
    case published([Receipt])
    case message(Message)
    case subscribed(ConversationState)
    case done
    case historyPage(HistoryPage)
    case gap(Gap)
    case event(Event)
    case heartbeat(tails: [Position], serverTime: Int64)
    case error(ChatError)
    case goAway(GoAway)
    /// A body that this version does not know, or none.
    case unknown
  }

  /// Makes a frame; without a request number it answers nothing.
  public init(requestID: UInt64 = 0, body: Body) {
    self.requestID = requestID
    self.body = body
  }

  /// The session is open.
  public struct Connected: Hashable, Sendable {
    /// Identity of the session, for logs and support.
    public var session = ""
    /// The user that the broker knows this session by.
    public var user = ""
    /// The node that holds the session.
    public var node = ""
    /// What the broker allows.
    public var limits = AnnouncedLimits()
    /// Milliseconds since 1970.
    public var serverTime: Int64 = 0
    /// The conversations that the user is a member of.
    public var conversations: [ConversationState] = []

    /// Makes an empty value.
    public init() {}
  }

  /// What the broker tells clients of its limits: `chat.v1.Limits`.
  public struct AnnouncedLimits: Hashable, Sendable {
    /// The longest frame from a client, without its length prefix.
    public var frameBytes: UInt32 = 0
    /// The longest body of a message.
    public var bodyBytes: UInt32 = 0
    /// The most addresses in one publish.
    public var addressesPerPublish: UInt32 = 0
    /// The most messages in one page of history.
    public var historyPageMessages: UInt32 = 0
    /// The longest frame from the server, without its length prefix.
    public var serverFrameBytes: UInt32 = 0
    /// A session that sent nothing for this time is closed.
    public var idleTimeoutMilliseconds: UInt32 = 0
    /// A session that was sent nothing for this time gets a heartbeat.
    public var heartbeatIntervalMilliseconds: UInt32 = 0

    /// Makes an empty value.
    public init() {}
  }

  /// The session will be closed; connect elsewhere first.
  public struct GoAway: Hashable, Sendable {
    /// Milliseconds.
    public var reconnectAfter: UInt64
    /// Milliseconds.
    public var closesAfter: UInt64
    /// One sentence for people.
    public var reason: String

    /// Makes a notice; times in milliseconds.
    public init(reconnectAfter: UInt64, closesAfter: UInt64, reason: String) {
      self.reconnectAfter = reconnectAfter
      self.closesAfter = closesAfter
      self.reason = reason
    }
  }

  /// Something that happened, not stored.
  public enum Event: Hashable, Sendable {
    case following(ConversationState)
    case unfollowed(conversation: String)
    case marks(Marks)
    /// The user is writing a message.
    case typing(conversation: String, user: String)
    /// The session ends after so many milliseconds, unless its token is refreshed.
    case tokenExpiring(expiresIn: UInt64)
    /// So many users are members of the group now.
    case members(conversation: String, count: UInt32)
    case unknown
  }

  /// A part of a log in order of sequence.
  public struct HistoryPage: Hashable, Sendable {
    /// Name of the conversation.
    public var conversation = ""
    /// Identity of the log.
    public var epoch: UInt64 = 0
    /// In order of sequence.
    public var messages: [Message] = []
    /// The lowest sequence that the log still holds; 0: the log is empty.
    public var firstSequence: UInt64 = 0
    /// The highest sequence in the log; 0: the log is empty.
    public var lastSequence: UInt64 = 0

    /// Makes an empty value.
    public init() {}
  }
}

/// One message of a log.
public struct Message: Hashable, Sendable {
  /// Place in the log: 1, 2, 3 … without holes.
  public var sequence: UInt64 = 0
  /// Milliseconds since 1970.
  public var time: Int64 = 0
  /// Name of the conversation.
  public var conversation = ""
  /// The user who sent it.
  public var sender = ""
  /// Empty means `text/plain; charset=utf-8`.
  public var contentType = ""
  /// The message itself.
  public var body: Payload = .empty
  /// W3C trace context of the publish; empty if there was none.
  public var traceparent = ""

  /// Makes an empty value.
  public init() {}
}

/// What became of a publish to one address.
public struct Receipt: Hashable, Sendable {
  /// The address as it was given.
  public var to = ""
  /// Name of the conversation.
  public var conversation = ""
  /// 0 if this address was refused.
  public var sequence: UInt64 = 0
  /// Milliseconds since 1970.
  public var time: Int64 = 0
  /// Users other than the sender who had a session open when it was stored.
  public var recipientsOnline: UInt32 = 0
  /// Users other than the sender who will get it.
  public var recipientsTotal: UInt32 = 0
  /// Why this address was refused.
  public var error: ChatError?
  /// Stored by an earlier publish with the same client message id.
  public var duplicate = false

  /// Makes an empty value.
  public init() {}
}

/// What a session needs to know of a conversation that it follows.
public struct ConversationState: Hashable, Sendable {
  /// Name of the conversation.
  public var conversation = ""
  /// Identity of the log.
  public var epoch: UInt64 = 0
  /// The last sequence in the log; 0: the log is empty.
  public var lastSequence: UInt64 = 0
  /// Delivery starts after this sequence.
  public var position: UInt64 = 0
  /// 0 for broadcast.
  public var members: UInt32 = 0
  /// The last sequence that the user has read.
  public var read: UInt64 = 0
  /// The last sequence that the devices of a direct conversation's other user have acknowledged.
  public var peerDelivered: UInt64 = 0
  /// The last sequence that a direct conversation's other user has read.
  public var peerRead: UInt64 = 0

  /// Makes an empty value.
  public init() {}
}

/// Sequences that will not be delivered.
public struct Gap: Hashable, Sendable {
  /// Why sequences are missing, as in `chat.v1.GapReason`.
  public enum Reason: Int32, Sendable {
    case unspecified = 0
    case retention = 1
    case epochChanged = 2
    case logTruncated = 3
    /// The conversation is not stored, and they have left the broker's memory.
    case notKept = 4
    /// The session's token does not grant history.
    case notGranted = 5
  }

  /// Name of the conversation.
  public var conversation: String
  /// The first missing sequence.
  public var from: UInt64
  /// The last missing sequence.
  public var to: UInt64
  /// Why.
  public var reason: Reason
  /// Identity of the log that delivery goes on with.
  public var epoch: UInt64

  /// Makes a notice of missing sequences.
  public init(conversation: String, from: UInt64, to: UInt64, reason: Reason, epoch: UInt64) {
    self.conversation = conversation
    self.from = from
    self.to = to
    self.reason = reason
    self.epoch = epoch
  }
}
