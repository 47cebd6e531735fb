public import ChatCore

/// What a server needs to know before it starts.
public struct ServerConfiguration: Sendable {
  /// The address to listen on. Only loopback is safe without authentication.
  public var host = "127.0.0.1"
  /// The TCP port; 0: any free one.
  public var port = 7400
  /// Event loops, each with its own thread; 1 to 1024.
  public var loops = 1
  /// The name of this node in `Connected.node` and in logs.
  public var node = "chat-broker"
  /// The bounds of sessions, delivery and publishing.
  public var limits = Limits()
  /// How the server stops.
  public var drain = DrainConfiguration()
  /// Connections that wait to be accepted.
  public var backlog = 4096

  /// What the kernel may hold of a session's output, in bytes; `nil`: what the kernel chooses, which grows to
  /// megabytes for sessions that read slowly.
  public var sendBufferBytes: Int?

  /// The defaults: loopback, one loop.
  public init() {}
}

/// How a server stops: times in milliseconds.
public struct DrainConfiguration: Sendable, Hashable {
  /// The reconnects of all sessions are spread over this time.
  public var spread: UInt64 = 1_000
  /// Sessions that are still there after this time are closed.
  public var grace: UInt64 = 3_000

  /// The defaults.
  public init() {}
}
