/// Every bound of a broker, in one place: a name, a unit, a default.
///
/// Times are in milliseconds, sizes in bytes.
public struct Limits: Sendable, Hashable {
  // MARK: Frames

  /// The longest frame accepted from a client, without its length prefix. 256 bytes to 16 MiB.
  public var frameBytes = 128 * 1024
  /// The longest body of a message.
  public var bodyBytes = 64 * 1024
  /// The most memory that decoding one frame may take. A frame that needs more is refused.
  public var decodingBytes = 8 * 1024 * 1024
  /// The most addresses in one publish.
  public var addressesPerPublish = 256
  /// The most places in one `Connect.resume` or `Acknowledge`.
  public var positionsPerFrame = 10_000
  /// The most bytes in one WebSocket message of a client, which may hold several frames.
  public var clientMessageBytes = 256 * 1024
  /// The longest line of JSON accepted from a client: of bodies a third more than in a binary frame.
  public var jsonLineBytes = 192 * 1024
  /// The longest frame that the server sends, without its length prefix.
  public var serverFrameBytes = 4 * 1024 * 1024

  // MARK: Connections

  /// Connections of clients in all, over TCP and HTTP; 0: no limit.
  public var connections = 0
  /// Connections of one client, over TCP and HTTP together; 0: no limit. A client is an IPv4 address, or the /64 of an
  /// IPv6 address.
  public var connectionsPerAddress = 0
  /// What a client is told to wait before it connects again when there are too many connections.
  public var connectionRetryAfter: UInt64 = 1_000

  // MARK: Sessions

  /// The most sessions on one event loop.
  public var sessionsPerLoop = 1_000_000
  /// The most conversations that one session follows.
  public var conversationsPerSession = 10_000
  /// Subscribes of one session that wait until it is known where the log ends before further ones are refused.
  public var subscribesInFlight = 10_000
  /// Answers queued for a session before reading from it pauses.
  public var outboxBytes = 256 * 1024
  /// Joins and leaves of one session that wait for the store before further ones are refused.
  public var membershipsInFlight = 16
  /// Publishes of one session that wait for their commit before reading from it pauses; those that want no
  /// answer count once for each address.
  public var publishesInFlight = 1024
  /// History requests of one session that wait for the store before further ones are refused.
  public var historyInFlight = 16
  /// A connection must send `Connect` within this time.
  public var handshakeTimeout: UInt64 = 10_000
  /// A session that sent nothing for this time is closed.
  public var idleTimeout: UInt64 = 90_000
  /// A session to which nothing was sent for this time is sent a heartbeat.
  public var heartbeatInterval: UInt64 = 25_000
  /// A session that reads nothing of what waits for it for this time is closed.
  public var stallTimeout: UInt64 = 300_000

  /// The longest token accepted, in bytes.
  public var tokenBytes = 8 * 1024
  /// Tokens of one loop that are being checked before further ones are refused.
  public var authenticationsInFlight = 10_000
  /// A session is told so long before that its token expires; of a token that lasts shorter, at half of the rest.
  public var tokenWarning: UInt64 = 60_000
  /// A session may refresh its token no more often than this.
  public var refreshInterval: UInt64 = 1_000

  // MARK: Delivery

  /// The most bytes of frames in one WebSocket message, unless one frame is longer, such as a page of history.
  /// What a socket does not take of a message is kept for it, so this is also what a session that reads slowly
  /// may hold; and one whose bytes are encrypted, also over TCP.
  public var messageBytes = 64 * 1024
  /// Copies that a loop makes in one flush for sessions whose bytes it encrypts, of all of them; the others get
  /// theirs in the next one.
  public var encryptedFlushBytes = 16 * 1024 * 1024
  /// The most bytes that one flush hands to a session's socket, unless one frame is longer.
  public var flushBytes = 256 * 1024
  /// The most pieces of memory in one flush.
  public var flushPieces = 64
  /// Encoded messages kept in memory for a conversation, on each loop that has followers.
  public var windowBytes = 1024 * 1024
  /// Encoded messages kept in memory for all conversations of one loop.
  public var windowBytesPerLoop = 256 * 1024 * 1024
  /// A window that nothing was appended to for this time is emptied.
  public var windowIdleTime: UInt64 = 60_000
  /// The most messages in one page of history or of a lagging cursor.
  public var pageMessages = 256
  /// A page ends with the message that passes this size.
  public var pageBytes = 256 * 1024

  /// Pages of the store that one session holds at a time, on their way included.
  public var pagesPerSession = 4

  // MARK: Publishing

  /// Publishes that one session may make in a second, each address counted; as many at once. 0: no limit.
  public var publishesPerSecondPerSession: UInt64 = 0
  /// Publishes that one user may make in a second with all sessions, each address counted; as many at once. 0: no
  /// limit.
  public var publishesPerSecondPerUser: UInt64 = 0
  /// Users whose rate one loop keeps in mind: those who have published within the last seconds. More have to wait.
  public var ratedUsersPerLoop = 100_000
  /// Conversations that one loop knows at a time, before publishes to further ones are refused. Those that
  /// nobody uses are forgotten after ``windowIdleTime``.
  public var conversationsPerLoop = 1_000_000
  /// Publishes to one conversation that wait for the store before further ones are refused.
  public var publishesWaitingPerConversation = 65_536
  /// Bytes of publishes on one loop that wait for the store before further ones are refused.
  public var publishBytesWaiting = 64 * 1024 * 1024
  /// What a client is told to wait before it retries when the store is unavailable.
  public var unavailableRetryAfter: UInt64 = 1_000
  /// Questions that go to the store together; they are answered together.
  public var queriesPerRead = 16
  /// What the store could not read is asked for again this often.
  public var storeRetryInterval: UInt64 = 1_000
  /// With more members nobody is told of marks and of who is typing: that would be a frame for each pair of them.
  public var eventMembers: UInt32 = 64
  /// Others are told that somebody is typing no more often than this.
  public var typingInterval: UInt64 = 1_000
  /// Marks are written to the store, and told to others, this often.
  public var markInterval: UInt64 = 1_000

  /// The defaults.
  public init() {}
}
