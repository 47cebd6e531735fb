/// One frame from a client to a server: `chat.v1.ClientFrame`.
public struct ClientFrame: Hashable, Sendable {
  /// Chosen by the client and repeated in the answer; 0: no answer is wanted.
  public var requestID: UInt64
  /// What the client wants.
  public var body: Body

  /// The kinds of frames, as in `chat.v1.ClientFrame`.
  public enum Body: Hashable, Sendable {
    case connect(Connect)
    case publish(Publish)
    case subscribe(Subscribe)
    case unsubscribe(conversation: String)
    case join(conversation: String)
    case leave(conversation: String)
    case history(History)
    case acknowledge([Position])
    case ping
    case markRead([Position])
    case typing(conversation: String)
    case refresh(token: String)
    /// A body that this version does not know, or none.
    case unknown
  }

  /// Makes a frame.
  public init(requestID: UInt64, body: Body) {
    self.requestID = requestID
    self.body = body
  }

  /// Opens the session.
  public struct Connect: Hashable, Sendable {
    /// Proof of who the user is.
    public var token = ""
    /// The user id.
    public var user = ""
    /// Names this device among the user's devices; up to 128 bytes.
    public var device = ""
    /// Name and version of the client program; up to 128 bytes.
    public var client = ""
    /// What this device has already.
    public var resume: [Position] = []

    /// Makes an empty value.
    public init() {}
  }

  /// Appends a message to one conversation or to many.
  public struct Publish: Hashable, Sendable {
    /// The addresses.
    public var to: [String] = []
    /// Makes a retry safe; up to 64 bytes; empty: no protection.
    public var clientMessageID = ""
    /// Media type of the body; empty means `text/plain; charset=utf-8`.
    public var contentType = ""
    /// The message.
    public var body: Payload = .empty
    /// W3C trace context.
    public var traceparent = ""

    /// Makes an empty value.
    public init() {}
  }

  /// Follows a broadcast, or moves the place in a conversation followed already.
  public struct Subscribe: Hashable, Sendable {
    /// Name or address of the conversation.
    public var conversation: String
    /// The place after which to start; `nil`: the tail.
    public var after: Position?

    /// Makes a wish to follow.
    public init(conversation: String, after: Position? = nil) {
      self.conversation = conversation
      self.after = after
    }
  }

  /// Asks for a page of a log, by at most one of `after`, `before` and `fromStart`.
  public struct History: Hashable, Sendable {
    /// Name or address of the conversation.
    public var conversation: String
    /// The page starts with the first message above this sequence.
    public var after: UInt64
    /// The page ends with the last message below this sequence.
    public var before: UInt64
    /// The most messages; 0: as many as the broker allows.
    public var limit: UInt32
    /// The page starts with the first message that the log still holds.
    public var fromStart: Bool

    /// Makes a question; without bounds it asks for the newest page.
    public init(
      conversation: String, after: UInt64 = 0, before: UInt64 = 0, limit: UInt32 = 0, fromStart: Bool = false
    ) {
      self.conversation = conversation
      self.after = after
      self.before = before
      self.limit = limit
      self.fromStart = fromStart
    }
  }
}

/// A place in a conversation's log: the last sequence that somebody has.
public struct Position: Hashable, Sendable {
  /// Name or address of the conversation.
  public var conversation: String
  /// Identity of the log; 0: not known.
  public var epoch: UInt64
  /// 0: before the first message.
  public var sequence: UInt64

  /// Makes a place; by default the beginning.
  public init(conversation: String, epoch: UInt64 = 0, sequence: UInt64 = 0) {
    self.conversation = conversation
    self.epoch = epoch
    self.sequence = sequence
  }
}
