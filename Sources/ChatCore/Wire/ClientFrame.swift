/// One frame from a client to a server: `chat.v1.ClientFrame`.
public struct ClientFrame: Hashable, Sendable {
  /// Chosen by the client and repeated in the answer; 0: no answer is wanted.
  public var requestID: UInt64
  public var body: Body

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
    /// A body that this version does not know, or none.
    case unknown
  }

  public init(requestID: UInt64, body: Body) {
    self.requestID = requestID
    self.body = body
  }

  /// Opens the session.
  public struct Connect: Hashable, Sendable {
    public var token = ""
    public var user = ""
    public var device = ""
    public var client = ""
    public var resume: [Position] = []

    public init() {}
  }

  /// Appends a message to one conversation or to many.
  public struct Publish: Hashable, Sendable {
    public var to: [String] = []
    public var clientMessageID = ""
    public var contentType = ""
    public var body: Payload = .empty
    public var traceparent = ""

    public init() {}
  }

  /// Follows a broadcast, or moves the place in a conversation followed already.
  public struct Subscribe: Hashable, Sendable {
    public var conversation: String
    /// The place after which to start; `nil`: the tail.
    public var after: Position?

    public init(conversation: String, after: Position? = nil) {
      self.conversation = conversation
      self.after = after
    }
  }

  /// Asks for a page of a log. At most one of `after` and `before` is above 0.
  public struct History: Hashable, Sendable {
    public var conversation: String
    public var after: UInt64
    public var before: UInt64
    public var limit: UInt32

    public init(conversation: String, after: UInt64 = 0, before: UInt64 = 0, limit: UInt32 = 0) {
      self.conversation = conversation
      self.after = after
      self.before = before
      self.limit = limit
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

  public init(conversation: String, epoch: UInt64 = 0, sequence: UInt64 = 0) {
    self.conversation = conversation
    self.epoch = epoch
    self.sequence = sequence
  }
}
