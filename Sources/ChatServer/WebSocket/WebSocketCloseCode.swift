import ChatCore
import NIOWebSocket

/// Which close codes there are on the wire, and which of ours says what (RFC 6455, section 7.4).
enum WebSocketCloseCode {
  /// What a client is told that a session ends for; the Error frame before it says more.
  static func code(for reason: ErrorCode?) -> WebSocketErrorCode {
    switch reason {
    case nil: .normalClosure
    case .draining: .goingAway
    case .frameTooLarge: .messageTooLarge
    case .internal: .unexpectedServerError
    default: .policyViolation
    }
  }

  /// What NIO's decoder refuses.
  static func code(for error: NIOWebSocketError) -> WebSocketErrorCode {
    error == .invalidFrameLength ? .messageTooLarge : .protocolError
  }

  /// Whether a peer may send the code: those of RFC 6455 and of the registry that it begins, and those for
  /// libraries and applications.
  static func isAllowed(_ code: UInt16) -> Bool {
    switch code {
    case 1000...1003, 1007...1014, 3000...4999: true
    default: false
    }
  }
}
