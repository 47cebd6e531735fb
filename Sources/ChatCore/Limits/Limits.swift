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
  /// The longest frame that the server sends, without its length prefix.
  public var serverFrameBytes = 4 * 1024 * 1024

  // MARK: Sessions

  /// The most sessions on one event loop.
  public var sessionsPerLoop = 1_000_000
  /// The most conversations that one session follows.
  public var conversationsPerSession = 10_000
  /// Answers queued for a session before reading from it pauses.
  public var outboxBytes = 256 * 1024
  /// Joins and leaves of one session that wait for the store before further ones are refused.
  public var membershipsInFlight = 16
  /// Publishes of one session that wait for their commit before reading from it pauses.
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

  // MARK: Delivery

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

  /// Publishes to one conversation that wait for the store before further ones are refused.
  public var publishesWaitingPerConversation = 65_536
  /// Bytes of publishes on one loop that wait for the store before further ones are refused.
  public var publishBytesWaiting = 64 * 1024 * 1024
  /// What a client is told to wait before it retries when the store is unavailable.
  public var unavailableRetryAfter: UInt64 = 1_000
  /// What the store could not read is asked for again this often.
  public var storeRetryInterval: UInt64 = 1_000
  /// Delivered marks are written to the store this often.
  public var markInterval: UInt64 = 1_000

  /// The defaults.
  public init() {}
}
