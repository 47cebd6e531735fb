import NIOCore
import NIOWebSocket

/// Puts messages together from a client's frames, and refuses what RFC 6455 does not allow.
struct WebSocketReader {
  enum Event: Equatable {
    case nothing
    /// A whole message.
    case message(ByteBuffer)
    /// To be answered with the same data.
    case ping(ByteBuffer)
    /// The client closes; to be answered with the same code, if there is one.
    case close(WebSocketErrorCode?)
  }

  private static let longestControl = 125

  /// The one kind of message that the subprotocol has.
  private let kind: WebSocketOpcode
  /// The most bytes in one message.
  private let limit: Int
  /// A message whose end has not come.
  private var begun: ByteBuffer?

  /// - Parameters:
  ///   - kind: text or binary.
  ///   - limit: the most bytes in one message.
  init(kind: WebSocketOpcode, limit: Int) {
    self.kind = kind
    self.limit = limit
  }

  mutating func read(_ frame: WebSocketFrame) throws(WebSocketFailure) -> Event {
    guard !frame.rsv1, !frame.rsv2, !frame.rsv3 else {
      throw .protocolError("a reserved bit is set, and no extension was agreed on")
    }
    guard frame.maskKey != nil else { throw .protocolError("a client's frame is not masked") }
    switch frame.opcode {
    case .text, .binary, .continuation: return try readData(frame)
    case .ping, .pong, .connectionClose: return try readControl(frame)
    default: throw .protocolError("an opcode that is reserved")
    }
  }

  private mutating func readData(_ frame: WebSocketFrame) throws(WebSocketFailure) -> Event {
    if frame.opcode == .continuation {
      guard begun != nil else { throw .protocolError("a continuation of nothing") }
    } else {
      guard begun == nil else { throw .protocolError("a message begins within another") }
      guard frame.opcode == kind else {
        throw WebSocketFailure(
          code: .unacceptableData,
          reason: kind == .text
            ? "binary data where there is only text" : "text where there is only binary data")
      }
    }
    var data = frame.unmaskedData
    guard data.readableBytes <= limit - (begun?.readableBytes ?? 0) else {
      throw .tooLong(limit: limit)
    }
    if var whole = begun.take() {
      whole.writeBuffer(&data)
      data = whole
    }
    guard frame.fin else {
      begun = data
      return .nothing
    }
    if kind == .text { try checkText(data) }
    return .message(data)
  }

  private func readControl(_ frame: WebSocketFrame) throws(WebSocketFailure) -> Event {
    guard frame.fin else { throw .protocolError("a control frame in parts") }
    var data = frame.unmaskedData
    guard data.readableBytes <= Self.longestControl else {
      throw .protocolError("a control frame of more than \(Self.longestControl) bytes")
    }
    switch frame.opcode {
    case .ping: return .ping(data)
    case .pong: return .nothing
    default: break
    }
    guard data.readableBytes > 0 else { return .close(nil) }
    guard let code = data.readInteger(as: UInt16.self), WebSocketCloseCode.isAllowed(code) else {
      throw .protocolError("a close code that there is not")
    }
    try checkText(data)
    return .close(WebSocketErrorCode(codeNumber: Int(code)))
  }

  private func checkText(_ data: ByteBuffer) throws(WebSocketFailure) {
    guard String(validating: data.readableBytesView, as: UTF8.self) != nil else {
      throw WebSocketFailure(code: .dataInconsistentWithMessage, reason: "text that is not UTF-8")
    }
  }
}
