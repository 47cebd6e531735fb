import NIOWebSocket

/// What a peer did that WebSocket (RFC 6455) does not allow, and the code to close with.
struct WebSocketFailure: Error {
  let code: WebSocketErrorCode
  /// For the log.
  let reason: String

  static func protocolError(_ reason: String) -> WebSocketFailure {
    WebSocketFailure(code: .protocolError, reason: reason)
  }
}
