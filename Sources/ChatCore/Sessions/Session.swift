import DequeModule

/// One connected device. Confined to its loop.
package final class Session {
  enum State: Hashable {
    /// Nothing but `Connect` is accepted.
    case awaitingConnect
    /// The store was asked for the user's conversations.
    case connecting
    case open
    /// What is queued is sent, then the connection closes; nothing is read any more.
    case closing
  }

  let id: SessionID
  var state: State = .awaitingConnect
  var user: UserID?

  // In
  var reader: FrameReader
  /// Answers to `Connect`; kept until the store has answered.
  var connect: (requestID: UInt64, frame: ClientFrame.Connect)?
  /// The user's memberships changed while the store was asked for them.
  var membershipsAreStale = false
  var publishes: [UInt64: PendingPublish] = [:]
  var nextPublish: UInt64 = 1
  var historyInFlight = 0
  var membershipsInFlight = 0
  var isReadingPaused = false

  // Out
  /// Frames for this session alone: answers, gaps, heartbeats.
  var outbox = FrameBuffer()
  /// The rest of a message of which the socket took a part.
  var unfinished: (segment: Segment, range: Range<Int>)?
  var cursors: [ConversationID: Cursor] = [:]
  /// Cursors with something to send, in turn.
  var behind: Deque<Cursor> = []
  /// Cursors that moved since the last heartbeat.
  var moved: [Cursor] = []
  /// Cursors that wait until fewer pages are held.
  var parked: Deque<Cursor> = []
  /// Pages of the store that are on their way or not sent yet.
  var pagesHeld = 0
  var isWritable = true
  var isQueuedForFlush = false
  var isCloseReported = false

  // When, on the loop's clock
  let acceptedAt: UInt64
  /// When a closing session is cut, whether or not it has taken its last frames.
  var closeBy: UInt64 = .max
  var lastReceived: UInt64
  var lastSent: UInt64

  init(id: SessionID, frameBytes: Int, now: UInt64) {
    self.id = id
    reader = FrameReader(limit: frameBytes)
    acceptedAt = now
    lastReceived = now
    lastSent = now
  }

  /// There is something that the socket has not taken.
  var hasOutput: Bool { unfinished != nil || !outbox.isEmpty || !behind.isEmpty }
}

/// A publish that waits for the fate of its addresses.
struct PendingPublish {
  let requestID: UInt64
  var receipts: [Receipt]
  var undecided: Int
}
