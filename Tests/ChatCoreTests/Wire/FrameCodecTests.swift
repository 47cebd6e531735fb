import ChatCore
import Testing

struct FrameCodecTests {
  @Test(arguments: WireSamples.clientFrames)
  func `a client frame is decoded as it was encoded`(frame: ClientFrame) throws {
    #expect(try decodeClient(try #require(cut([encoded(frame)]).frames.first)) == frame)
  }

  @Test(arguments: WireSamples.serverFrames)
  func `a server frame is decoded as it was encoded`(frame: ServerFrame) throws {
    #expect(try decodeServer(try #require(cut([encoded(frame)]).frames.first)) == frame)
  }

  @Test func `one codec handles one frame after another`() throws {
    var codec = FrameCodec(decodingBytes: decodingBytes)
    var buffer = FrameBuffer()
    for _ in 0..<3 {
      for frame in WireSamples.clientFrames { codec.encode(frame, into: &buffer) }
    }
    var decoded: [ClientFrame] = []
    for bytes in cut([[UInt8](buffer.readable)]).frames {
      decoded.append(try codec.decodeOwnedClientFrame(bytes))
    }
    #expect(decoded == WireSamples.clientFrames + WireSamples.clientFrames + WireSamples.clientFrames)
  }

  @Test func `an empty frame has no body`() throws {
    #expect(try decodeClient([]) == ClientFrame(requestID: 0, body: .unknown))
    #expect(try decodeServer([]) == ServerFrame(body: .unknown))
    #expect(encoded(ServerFrame(body: .unknown)) == [0])
  }

  @Test func `a body of tomorrow is unknown, with its request id`() throws {
    let bytes = Raw.number(1, 9) + Raw.bytes(31, [1, 2, 3]) + Raw.fixed64(99, 1)
    #expect(try decodeClient(bytes) == ClientFrame(requestID: 9, body: .unknown))
    #expect(try decodeServer(bytes) == ServerFrame(requestID: 9, body: .unknown))
  }

  @Test func `of two bodies the last one counts`() throws {
    let join = Raw.bytes(6, Raw.bytes(1, [UInt8]("group:a".utf8)))
    let leave = Raw.bytes(7, Raw.bytes(1, [UInt8]("group:b".utf8)))
    #expect(try decodeClient(join + leave).body == .leave(conversation: "group:b"))
    let following = Raw.bytes(1, Raw.bytes(1, [UInt8]("group:a".utf8)))
    let unfollowed = Raw.bytes(2, [UInt8]("group:b".utf8))
    #expect(
      try decodeServer(Raw.bytes(9, following + unfollowed)).body
        == .event(.unfollowed(conversation: "group:b")))
  }

  @Test func `whatever a client says of who is typing is not looked at`() throws {
    let typing = Raw.bytes(1, [UInt8]("group:a".utf8)) + Raw.bytes(2, [0xff, 0])
    #expect(try decodeClient(Raw.bytes(12, typing)).body == .typing(conversation: "group:a"))
  }

  @Test func `parts of a message inside a body are merged`() throws {
    let parts = [Raw.bytes(1, [UInt8]("group:a".utf8)), Raw.number(3, 5)].flatMap { Raw.bytes(3, $0) }
    let body = try decodeClient(Raw.bytes(4, Raw.number(2, 1) + parts)).body
    let after = Position(conversation: "group:a", sequence: 5)
    #expect(body == .subscribe(ClientFrame.Subscribe(conversation: "", after: after)))
  }

  @Test func `the body of a publish stays valid while it is encoded for delivery`() throws {
    var codec = FrameCodec(decodingBytes: decodingBytes)
    var publish = WireSamples.publish
    publish.body = Payload([UInt8](repeating: 42, count: 200_000))
    let bytes = try #require(
      cut([encoded(ClientFrame(requestID: 1, body: .publish(publish)))], limit: 1 << 20).frames.first)
    var buffer = FrameBuffer()
    let frame = try bytes.lend { bytes throws(ChatError) in try codec.decodeClientFrame(bytes) }
    guard case .publish(let decoded) = frame.body else { return #expect(Bool(false)) }
    codec.encode(ServerFrame(body: .connected(WireSamples.connected)), into: &buffer)
    let delivery = codec.encodeDelivery(
      conversation: "group:a", sender: "anna", publish: decoded, into: &buffer)
    let stream = [UInt8](buffer.readable[delivery.frame])
    let delivered = try decodeServer(try #require(cut([stream], limit: 1 << 20).frames.first))
    guard case .message(let message) = delivered.body else { return #expect(Bool(false)) }
    #expect(message.body == publish.body)
  }

  @Test func `what is encoded ends a text at a NUL`() throws {
    let bytes = encoded(ClientFrame(requestID: 1, body: .join(conversation: "group:a\0b")))
    #expect(
      try decodeClient(try #require(cut([bytes]).frames.first)).body == .join(conversation: "group:a"))
  }
}
