import ChatCore
import NIOHTTP1

/// The limits of connections, by the names that operators know them by.
enum ConnectionLimit: String, Hashable, Sendable, CaseIterable {
  case connections
  case connectionsPerAddress = "connections_per_address"
  case httpConnections = "http_connections"
  case adminConnections = "admin_connections"
  /// The process has no descriptor for one more, or only those that are kept; set by the system.
  case descriptors
  /// The encryption of a connection was not agreed on in time.
  case handshakeTimeout = "handshake_timeout"

  /// What the client is told.
  func error(retryAfter: UInt64) -> ChatError {
    let reason =
      switch self {
      case .connectionsPerAddress: "too many connections from your address (connections_per_address)"
      default: "too many connections (\(rawValue))"
      }
    // Counted where the connection was refused, so not a second time as a limit of the session.
    return ChatError(
      .limitExceeded, "\(reason): close others, or try again later", retryAfter: retryAfter)
  }

  /// The same over HTTP: 429 if it is the client's own doing.
  func failure(retryAfter: UInt64) -> HTTPFailure {
    let error = error(retryAfter: retryAfter)
    return HTTPFailure(
      self == .connectionsPerAddress ? .tooManyRequests : .serviceUnavailable, error.message,
      code: error.code,
      retryAfter: error.retryAfter)
  }
}
