import DequeModule

/// One connected device. Confined to its loop.
package final class Session {
  enum State: Hashable {
    /// Nothing but `Connect` is accepted.
    case awaitingConnect
    /// The driver looks at its token.
    case authenticating
    /// The store was asked for the user's conversations.
    case connecting
    case open
    /// What is queued is sent, then the connection closes; nothing is read any more.
    case closing
  }

  let id: SessionID
  let format: WireFormat
  /// What it was told.
  var limits: SessionLimits
  var state: State = .awaitingConnect
  var user: UserID?
  /// As in `Connect`.
  var device = ""
  var client = ""
  /// `nil`: the broker asks for none, and the session may do everything that its user may.
  var token: SessionToken?

  // In
  var reader: FrameReader
  /// The conversation that it published to last, while there is that one.
  var lastPublishedTo: ObjectIdentifier?
  /// The same, if it did so twice in a row.
  var lastTarget: PublishTarget?
  /// Answers to `Connect`; kept until the store has answered.
  var connect: (requestID: UInt64, frame: ClientFrame.Connect)?
  /// The user's memberships changed while the store was asked for them.
  var membershipsAreStale = false
  var publishes = PublishesInFlight()
  /// Publishes on their way for which no answer is wanted.
  var unansweredPublishes = 0
  private var lastPublish: UInt64 = 0
  var rate = PublishRate()
  var historyInFlight = 0
  var membershipsInFlight = 0
  var subscribesInFlight = 0
  var isReadingPaused = false
  /// The router's turn in which it was read from last, and bytes of answers that waited before.
  var lastRead = (turn: UInt64.max, waiting: 0)
  /// It closes when its publishes are answered; nothing more is taken from it.
  var isLeaving = false

  // Out
  /// Frames for this session alone: answers, gaps, heartbeats.
  var outbox = FrameBuffer()
  /// The rest of a message of which the socket took a part.
  var unfinished: (segment: Segment, range: Range<Int>)?
  var cursors: [ConversationID: Cursor] = [:]
  /// The user has, or may have, conversations that it does not follow, because it follows as many as it may.
  var lacksRoom = false
  /// Cursors with something to send, in turn.
  var behind: Deque<Cursor> = []
  /// Cursors that wait until fewer pages are held.
  var parked: Deque<Cursor> = []
  /// Pages of the store that are on their way or not sent yet.
  var pagesHeld = 0
  var isCloseReported = false
  /// Why it closes; nil: the client wants it.
  var closeReason: ErrorCode?

  // When, on the loop's clock
  let acceptedAt: UInt64
  /// When a closing session is cut, whether or not it has taken its last frames.
  var closeBy: UInt64 = .max
  var lastReceived: UInt64
  /// Others were told that the user is typing.
  var typingToldAt: UInt64?
  /// A heartbeat has looked for tails that moved.
  var tailsToldAt: UInt64?

  init(id: SessionID, format: WireFormat, limits: SessionLimits, now: UInt64) {
    self.id = id
    self.format = format
    self.limits = limits
    reader = FrameReader(limit: limits.frameBytes)
    acceptedAt = now
    lastReceived = now
  }

  /// The session of requests that come from no client: it is in no table, and its answers are actions.
  static func service(_ limits: SessionLimits) -> Session {
    let session = Session(id: .service, format: .stream, limits: limits, now: 0)
    session.state = .open
    return session
  }

  var isService: Bool { id == .service }

  /// The store was asked for the user's conversations, to connect or because of another token.
  var isReadingMemberships: Bool { state == .connecting || token?.replacement != nil }

  /// Index of what belongs to the session in tables.
  var slot: Int { Int(id.slot) }

  /// A number above 0 for a publish that wants an answer.
  func takePublishNumber() -> UInt64 {
    lastPublish &+= 1
    return lastPublish
  }

  /// Some wait for their commit.
  var hasPublishesInFlight: Bool { !publishes.isEmpty || unansweredPublishes > 0 }

  /// There is something that the socket has not taken.
  var hasOutput: Bool { unfinished != nil || !outbox.isEmpty || !behind.isEmpty }
}
