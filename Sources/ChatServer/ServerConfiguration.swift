public import ChatCore

/// What a server needs to know before it starts.
public struct ServerConfiguration: Sendable {
  /// The address to listen on. Only loopback is safe without authentication.
  public var host = "127.0.0.1"
  /// The TCP port; 0: any free one.
  public var port = 7400
  /// How the listeners for clients encrypt, TCP and HTTP; `nil`: not.
  public var tls: TLSConfiguration?
  /// Where browsers come: the chat page, and WebSocket at `/v1/ws`; `nil`: nowhere.
  public var web: WebConfiguration?
  /// Where operators and other programs come: the HTTP API and the console; `nil`: nowhere.
  public var admin: AdminConfiguration?
  /// How many addresses are listened on.
  var listeners: Int { 1 + (web == nil ? 0 : 1) + (admin == nil ? 0 : 1) }
  /// Event loops, each with its own thread; 1 to 1024.
  public var loops = 1
  /// The name of this node in `Connected.node` and in logs.
  public var node = "chat-broker"
  /// The version of the program, for operators.
  public var version = "unknown"
  /// The bounds of sessions, delivery and publishing.
  public var limits = Limits()
  /// Looks at the tokens of sessions; `nil`: there is no authentication, and everybody is who they say.
  public var tokenVerifier: TokenVerifier?
  /// Which conversations are kept.
  public var retention = RetentionRules()
  /// How the server stops.
  public var drain = DrainConfiguration()
  /// From when on a part of the node is not well.
  public var health = HealthConfiguration()
  /// Ends the process at once, when an event loop hangs and only that helps; called on a thread of its own. `nil`:
  /// the server says it, and goes on.
  public var endProcess: (@Sendable (ServerError) -> Void)?
  /// Where traces of publishes go; `nil`: nothing is traced.
  public var tracing: TracingConfiguration?
  /// Connections that wait to be accepted.
  public var backlog = 4096

  /// What the kernel may hold of a session's output, in bytes; `nil`: what the kernel chooses, which grows to
  /// megabytes for sessions that read slowly.
  public var sendBufferBytes: Int?

  /// The defaults: loopback, one loop.
  public init() {}
}

/// The public HTTP listener.
public struct WebConfiguration: Sendable {
  /// The address to listen on.
  public var host = "127.0.0.1"
  /// The TCP port; 0: any free one.
  public var port = 7480
  /// Origins whose pages may open a WebSocket, besides the broker's own: `https://chat.example`; `*`: any.
  public var allowedOrigins: [String] = []

  /// The defaults: loopback, the broker's own page alone.
  public init() {}

}

/// The listener for operators.
public struct AdminConfiguration: Sendable {
  /// The address to listen on. Whoever reaches it and has the key can do everything.
  public var host = "127.0.0.1"
  /// The TCP port; 0: any free one.
  public var port = 7490
  /// How the listener encrypts; `nil`: not.
  public var tls: ServerConfiguration.TLSConfiguration?
  /// What opens the HTTP API, as `Authorization: Bearer <key>`: 16 or more characters of ASCII, without blanks.
  public var key: String

  /// Loopback, with this key.
  public init(key: String) { self.key = key }
}

/// How a server stops: times in milliseconds, at most a day each.
public struct DrainConfiguration: Sendable, Hashable {
  /// For this long the node says that it is not ready, and still takes sessions: who sends clients here needs a
  /// moment to hear of it.
  public var delay: UInt64 = 0
  /// The reconnects of all sessions are spread over this time.
  public var spread: UInt64 = 1_000
  /// Sessions that are still there after this time are closed.
  public var grace: UInt64 = 3_000

  /// The defaults.
  public init() {}
}
