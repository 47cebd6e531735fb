public import ChatCore

extension ChatClient {
  /// Gives a token that lasts for a while.
  public typealias TokenProvider = @Sendable () async throws -> String

  /// Whom to connect to, as whom, and every bound of the client.
  public struct Configuration: Sendable {
    // MARK: Identity

    /// Name or address of the broker.
    public var host = "127.0.0.1"
    /// Port of the broker's TCP listener.
    public var port = 7400
    /// How the connection is encrypted; nil: not at all.
    public var tls: TLS?
    /// The user id. May be empty if the token says it.
    public var user: String
    /// Proof of who the user is, a JWT; ignored by a broker without authentication.
    public var token = ""
    /// Gives the tokens, instead of ``token``: called for each attempt to connect, within ``connectTimeout``, and when
    /// the broker says that the session's token expires soon.
    public var tokenProvider: TokenProvider?
    /// Names this device among the user's devices.
    public var device = ""
    /// Name and version of the program, for the broker's logs.
    public var name = "chat-client-swift"
    /// What this device already has: ``ChatClient/positions()`` of an earlier client.
    public var resume: [Position] = []
    /// Tell the broker what was taken out of ``ChatClient/updates``.
    public var acknowledges = true

    // MARK: Times

    /// A connection, with the broker's answer to `Connect`, must be there within this time.
    public var connectTimeout: Duration = .seconds(10)
    /// A request that is not answered within this time fails, however often it was sent.
    public var requestTimeout: Duration = .seconds(30)
    /// ``ChatClient/close()`` waits at most this long for the broker to take the last acknowledgements.
    public var closeTimeout: Duration = .seconds(1)
    /// Acknowledgements are sent at most this often.
    public var acknowledgeInterval: Duration = .seconds(1)
    /// The longest wait before the first attempt to connect again, in milliseconds. It doubles with each further
    /// attempt; the wait itself is random between 0 and that.
    public var backoffInitial: UInt64 = 100
    /// The longest wait between two attempts to connect, in milliseconds.
    public var backoffMaximum: UInt64 = 10_000

    // MARK: Limits

    /// Unread updates before the client stops reading from the broker. What one read from the socket brings
    /// comes on top.
    public var bufferedUpdates = 4096
    /// Publishes sent and not answered yet; more wait. With 1, order holds even where the broker refuses a publish
    /// for a while and then takes it; with more, one that was sent behind it may get in before.
    public var publishesInFlight = 256
    /// Publishes that wait to be sent; more are refused.
    public var publishesWaiting = 16_384
    /// Other requests that wait for an answer; more are refused.
    public var requestsWaiting = 1024
    /// The longest frame accepted from the broker, in bytes without its length prefix.
    public var frameBytes = 16 * 1024 * 1024
    /// The most memory that decoding one frame may take, in bytes.
    public var decodingBytes = 64 * 1024 * 1024

    /// The usual settings.
    public init(user: String, host: String = "127.0.0.1", port: Int = 7400) {
      self.user = user
      self.host = host
      self.port = port
    }
  }
}

extension Duration {
  /// Whole milliseconds, 0 for a negative duration.
  var milliseconds: UInt64 {
    let (seconds, attoseconds) = components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
    return overflow ? .max : whole.adding(UInt64(attoseconds) / 1_000_000_000_000_000)
  }
}

extension UInt64 {
  /// The sum, or the largest value: a time that far away never comes.
  func adding(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }

  /// The difference, at least 0.
  func since(_ earlier: UInt64) -> UInt64 { self > earlier ? self - earlier : 0 }
}
