import NIOCore
import NIOWebSocket
import Testing

@testable import ChatServer

@Suite struct WebSocketReaderTests {
  private static let key: WebSocketMaskingKey = [1, 2, 3, 4]

  /// A frame as NIO hands it over: masked still.
  private func frame(
    _ opcode: WebSocketOpcode, _ data: [UInt8] = [], final: Bool = true, masked: Bool = true
  ) -> WebSocketFrame {
    var bytes = ByteBuffer(bytes: data)
    if masked { bytes.webSocketMask(Self.key) }
    return WebSocketFrame(fin: final, opcode: opcode, maskKey: masked ? Self.key : nil, data: bytes)
  }

  private func close(_ code: UInt16, _ reason: [UInt8] = []) -> WebSocketFrame {
    frame(.connectionClose, [UInt8(code >> 8), UInt8(code & 0xff)] + reason)
  }

  /// What a reader refuses a frame with; nil: it does not.
  private func refusal(
    _ frame: WebSocketFrame, of reader: inout WebSocketReader
  ) -> WebSocketErrorCode? {
    do throws(WebSocketFailure) {
      _ = try reader.read(frame)
      return nil
    } catch {
      return error.code
    }
  }

  private func refusal(_ frame: WebSocketFrame, kind: WebSocketOpcode = .binary) -> WebSocketErrorCode? {
    var reader = WebSocketReader(kind: kind, limit: 1_000)
    return refusal(frame, of: &reader)
  }

  @Test("A message in one frame is unmasked", arguments: [[], [7], Array(0...255)] as [[UInt8]])
  func whole(data: [UInt8]) throws {
    var reader = WebSocketReader(kind: .binary, limit: 1_000)
    #expect(try reader.read(frame(.binary, data)) == .message(ByteBuffer(bytes: data)))
  }

  @Test func `A message in parts is put together, and the next one begins anew`() throws {
    var reader = WebSocketReader(kind: .binary, limit: 1_000)
    for _ in 0..<2 {
      #expect(try reader.read(frame(.binary, [1, 2], final: false)) == .nothing)
      #expect(try reader.read(frame(.continuation, [], final: false)) == .nothing)
      #expect(try reader.read(frame(.continuation, [3], final: false)) == .nothing)
      #expect(try reader.read(frame(.continuation, [4, 5])) == .message(ByteBuffer(bytes: [1, 2, 3, 4, 5])))
    }
  }

  @Test func `Control frames may come between the parts of a message`() throws {
    var reader = WebSocketReader(kind: .text, limit: 1_000)
    #expect(try reader.read(frame(.text, Array("a".utf8), final: false)) == .nothing)
    #expect(try reader.read(frame(.ping, [9])) == .ping(ByteBuffer(bytes: [9])))
    #expect(try reader.read(frame(.pong, [9])) == .nothing)
    #expect(try reader.read(frame(.continuation, Array("b".utf8))) == .message(ByteBuffer(string: "ab")))
    #expect(try reader.read(frame(.text, Array("c".utf8), final: false)) == .nothing)
    #expect(try reader.read(close(1_000)) == .close(.normalClosure))
  }

  @Test func `Parts that fit nowhere are refused`() {
    #expect(refusal(frame(.continuation, [1])) == .protocolError)
    var reader = WebSocketReader(kind: .binary, limit: 1_000)
    #expect(refusal(frame(.binary, [1], final: false), of: &reader) == nil)
    #expect(refusal(frame(.binary, [2]), of: &reader) == .protocolError)
    var ended = WebSocketReader(kind: .binary, limit: 1_000)
    #expect(refusal(frame(.binary, [1]), of: &ended) == nil)
    #expect(refusal(frame(.continuation, [2]), of: &ended) == .protocolError)
  }

  @Test func `The limit is of a message, however many frames it comes in`() throws {
    for limit in [1, 10] {
      var reader = WebSocketReader(kind: .binary, limit: limit)
      #expect(refusal(frame(.binary, Array(repeating: 0, count: limit)), of: &reader) == nil)
      #expect(
        refusal(frame(.binary, Array(repeating: 0, count: limit + 1)), of: &reader) == .messageTooLarge)
    }
    var reader = WebSocketReader(kind: .binary, limit: 4)
    #expect(refusal(frame(.binary, [1, 2, 3], final: false), of: &reader) == nil)
    #expect(try reader.read(frame(.continuation, [4])) == .message(ByteBuffer(bytes: [1, 2, 3, 4])))
    #expect(refusal(frame(.binary, [1, 2, 3], final: false), of: &reader) == nil)
    #expect(refusal(frame(.continuation, [4, 5], final: false), of: &reader) == .messageTooLarge)
  }

  @Test func `What the subprotocol has no use for is refused`() {
    #expect(refusal(frame(.text), kind: .binary) == .unacceptableData)
    #expect(refusal(frame(.binary), kind: .text) == .unacceptableData)
    #expect(refusal(frame(.text), kind: .text) == nil)
  }

  @Test(
    "A frame that is not masked is refused",
    arguments: [.binary, .ping, .connectionClose] as [WebSocketOpcode])
  func unmasked(opcode: WebSocketOpcode) {
    #expect(refusal(frame(opcode, masked: false)) == .protocolError)
    #expect(refusal(frame(opcode)) == nil)
  }

  @Test("A reserved bit is refused, in every kind of frame", arguments: 0..<3)
  func reservedBits(bit: Int) {
    for opcode in [.binary, .ping, .connectionClose] as [WebSocketOpcode] {
      var bad = frame(opcode)
      bad.rsv1 = bit == 0
      bad.rsv2 = bit == 1
      bad.rsv3 = bit == 2
      #expect(refusal(bad) == .protocolError)
    }
  }

  @Test("An opcode that is reserved is refused", arguments: Array(3...7) + Array(0xb...0xf))
  func reservedOpcodes(number: Int) throws {
    let opcode = try #require(WebSocketOpcode(encodedWebSocketOpcode: UInt8(number)))
    #expect(refusal(frame(opcode)) == .protocolError)
  }

  @Test(
    "A control frame is short and in one part",
    arguments: [.ping, .pong, .connectionClose] as [WebSocketOpcode])
  func controlFrames(opcode: WebSocketOpcode) {
    // Of Close the code comes first.
    let data = [0x03, 0xe8] + Array(repeating: UInt8(ascii: "x"), count: 123)
    #expect(refusal(frame(opcode, data)) == nil)
    #expect(refusal(frame(opcode, data + [0x78])) == .protocolError)
    #expect(refusal(frame(opcode, final: false)) == .protocolError)
  }

  @Test func `Text has to be UTF-8, as a whole and not in each of its parts`() throws {
    #expect(refusal(frame(.text, [0xff]), kind: .text) == .dataInconsistentWithMessage)
    #expect(refusal(frame(.text, [0xed, 0xa0, 0x80]), kind: .text) == .dataInconsistentWithMessage)
    #expect(refusal(frame(.binary, [0xff]), kind: .binary) == nil)
    let euro = Array("€".utf8)
    var reader = WebSocketReader(kind: .text, limit: 1_000)
    #expect(try reader.read(frame(.text, [euro[0]], final: false)) == .nothing)
    #expect(try reader.read(frame(.continuation, Array(euro[1...]))) == .message(ByteBuffer(bytes: euro)))
    #expect(refusal(frame(.text, [euro[0]], final: false), of: &reader) == nil)
    #expect(refusal(frame(.continuation, [euro[1]]), of: &reader) == .dataInconsistentWithMessage)
  }

  @Test func `A Close may have a code, and behind it text`() throws {
    var reader = WebSocketReader(kind: .binary, limit: 1_000)
    #expect(try reader.read(frame(.connectionClose)) == .close(nil))
    #expect(try reader.read(close(1_000)) == .close(.normalClosure))
    #expect(try reader.read(close(1_001, Array("så länge".utf8))) == .close(.goingAway))
    #expect(try reader.read(close(4_321)) == .close(.unknown(4_321)))
    #expect(refusal(frame(.connectionClose, [3]), of: &reader) == .protocolError)
    #expect(refusal(close(1_005), of: &reader) == .protocolError)
    #expect(refusal(close(1_000, [0xff]), of: &reader) == .dataInconsistentWithMessage)
  }
}
