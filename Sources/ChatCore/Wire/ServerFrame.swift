/// One frame from a server to a client: `chat.v1.ServerFrame`.
public struct ServerFrame: Hashable, Sendable {
  /// The request that this answers; 0: not an answer.
  public var requestID: UInt64
  public var body: Body

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

  public init(requestID: UInt64 = 0, body: Body) {
    self.requestID = requestID
    self.body = body
  }

  /// The session is open.
  public struct Connected: Hashable, Sendable {
    public var session = ""
    public var user = ""
    public var node = ""
    public var limits = AnnouncedLimits()
    /// Milliseconds since 1970.
    public var serverTime: Int64 = 0
    public var conversations: [ConversationState] = []

    public init() {}
  }

  /// What the broker tells clients of its limits: `chat.v1.Limits`.
  public struct AnnouncedLimits: Hashable, Sendable {
    public var frameBytes: UInt32 = 0
    public var bodyBytes: UInt32 = 0
    public var addressesPerPublish: UInt32 = 0
    public var historyPageMessages: UInt32 = 0
    public var serverFrameBytes: UInt32 = 0
    public var idleTimeoutMilliseconds: UInt32 = 0
    public var heartbeatIntervalMilliseconds: UInt32 = 0

    public init() {}
  }

  /// The session will be closed; connect elsewhere first.
  public struct GoAway: Hashable, Sendable {
    /// Milliseconds.
    public var reconnectAfter: UInt64
    /// Milliseconds.
    public var closesAfter: UInt64
    public var reason: String

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
    case unknown
  }

  /// A part of a log in order of sequence.
  public struct HistoryPage: Hashable, Sendable {
    public var conversation = ""
    public var epoch: UInt64 = 0
    public var messages: [Message] = []
    /// The lowest sequence that the log still holds; 0: the log is empty.
    public var firstSequence: UInt64 = 0
    /// The highest sequence in the log; 0: the log is empty.
    public var lastSequence: UInt64 = 0

    public init() {}
  }
}

/// One message of a log.
public struct Message: Hashable, Sendable {
  public var sequence: UInt64 = 0
  /// Milliseconds since 1970.
  public var time: Int64 = 0
  public var conversation = ""
  public var sender = ""
  /// Empty means `text/plain; charset=utf-8`.
  public var contentType = ""
  public var body: Payload = .empty
  public var traceparent = ""

  public init() {}
}

/// What became of a publish to one address.
public struct Receipt: Hashable, Sendable {
  /// The address as it was given.
  public var to = ""
  public var conversation = ""
  /// 0 if this address was refused.
  public var sequence: UInt64 = 0
  /// Milliseconds since 1970.
  public var time: Int64 = 0
  public var recipientsOnline: UInt32 = 0
  public var recipientsTotal: UInt32 = 0
  public var error: ChatError?
  /// Stored by an earlier publish with the same client message id.
  public var duplicate = false

  public init() {}
}

/// What a session needs to know of a conversation that it follows.
public struct ConversationState: Hashable, Sendable {
  public var conversation = ""
  public var epoch: UInt64 = 0
  public var lastSequence: UInt64 = 0
  /// Delivery starts after this sequence.
  public var position: UInt64 = 0
  /// 0 for broadcast.
  public var members: UInt32 = 0

  public init() {}
}

/// Sequences that will not be delivered.
public struct Gap: Hashable, Sendable {
  public enum Reason: Int32, Sendable {
    case unspecified = 0
    case retention = 1
    case epochChanged = 2
    case logTruncated = 3
  }

  public var conversation: String
  public var from: UInt64
  public var to: UInt64
  public var reason: Reason
  /// Identity of the log that delivery goes on with.
  public var epoch: UInt64

  public init(conversation: String, from: UInt64, to: UInt64, reason: Reason, epoch: UInt64) {
    self.conversation = conversation
    self.from = from
    self.to = to
    self.reason = reason
    self.epoch = epoch
  }
}
