import ChatCore
import NIOWebSocket

/// What a peer did that WebSocket (RFC 6455) or a limit does not allow, and the code to close with.
struct WebSocketFailure: Error {
  let code: WebSocketErrorCode
  /// For the log.
  let reason: String
  /// What the client is told before Close, where there is a code of ours for it.
  let error: ChatError?

  init(code: WebSocketErrorCode, reason: String, error: ChatError? = nil) {
    self.code = code
    self.reason = reason
    self.error = error
  }

  static func protocolError(_ reason: String) -> WebSocketFailure {
    WebSocketFailure(code: .protocolError, reason: reason)
  }

  /// - Parameter limit: the most bytes in one message.
  static func tooLong(limit: Int) -> WebSocketFailure {
    let error = ChatError.limit(
      "client_message_bytes",
      "client_message_bytes is \(limit), and a WebSocket message has more: connect again and send shorter ones",
      code: .frameTooLarge)
    return WebSocketFailure(code: .messageTooLarge, reason: error.message, error: error)
  }
}
