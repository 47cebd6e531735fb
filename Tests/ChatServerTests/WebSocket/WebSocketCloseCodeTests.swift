import ChatCore
import NIOWebSocket
import Testing

@testable import ChatServer

@Suite struct WebSocketCloseCodeTests {
  @Test(
    "What a session ends for has a code",
    arguments: [
      (nil, 1_000), (.draining, 1_001), (.frameTooLarge, 1_009), (.internal, 1_011),
      (.disconnected, 1_008), (.malformedFrame, 1_008), (.stalled, 1_008), (.limitExceeded, 1_008),
      (ErrorCode(rawValue: 999), 1_008),
    ] as [(ErrorCode?, UInt16)])
  func reasons(reason: ErrorCode?, code: UInt16) {
    #expect(UInt16(webSocketErrorCode: WebSocketCloseCode.code(for: reason)) == code)
  }

  @Test func `What the decoder refuses has a code`() {
    #expect(WebSocketCloseCode.code(for: NIOWebSocketError.invalidFrameLength) == .messageTooLarge)
    #expect(WebSocketCloseCode.code(for: NIOWebSocketError.fragmentedControlFrame) == .protocolError)
    #expect(WebSocketCloseCode.code(for: NIOWebSocketError.multiByteControlFrameLength) == .protocolError)
  }

  @Test func `Of all codes these may come from a peer`() {
    let allowed = (UInt16.min...UInt16.max).filter(WebSocketCloseCode.isAllowed)
    // 1004 means nothing; 1005, 1006 and 1015 stand for what was not on the wire.
    #expect(allowed == Array(1_000...1_003) + Array(1_007...1_014) + Array(3_000...4_999))
  }
}
