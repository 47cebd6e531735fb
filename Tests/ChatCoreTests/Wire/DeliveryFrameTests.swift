import Testing

@testable import ChatCore

struct DeliveryFrameTests {
  private static func publish(
    body: Int, traceparent: String = "", contentType: String = ""
  ) -> ClientFrame.Publish {
    var publish = ClientFrame.Publish()
    publish.to = ["group:a"]
    publish.clientMessageID = "not passed on"
    publish.contentType = contentType
    publish.body = Payload((0..<body).map { UInt8(truncatingIfNeeded: $0) })
    publish.traceparent = traceparent
    return publish
  }

  static var publishes: [ClientFrame.Publish] {
    var publishes: [ClientFrame.Publish] = []
    for body in [0, 1, 60, 90, 127, 128, 129, 16_383, 16_384, 70_000] {
      for traceparent in ["", "00-0af7651916cd43dd", String(repeating: "t", count: 200)] {
        for contentType in ["", "text/plain"] {
          publishes.append(publish(body: body, traceparent: traceparent, contentType: contentType))
        }
      }
    }
    return publishes
  }

  @Test func `a patched delivery is the message with its place in the log`() throws {
    var codec = FrameCodec(decodingBytes: decodingBytes)
    var buffer = FrameBuffer()
    // Something in front, some of it consumed, so that offsets do not start at 0.
    codec.encode(ServerFrame(body: .connected(WireSamples.connected)), into: &buffer)
    buffer.consume(5)
    for publish in Self.publishes {
      let before = buffer.count
      let delivery = codec.encodeDelivery(
        conversation: "group:støtte", sender: "anna", publish: publish, into: &buffer)
      let after = buffer.count
      #expect(delivery.frame == before..<after)

      for (sequence, time) in [(1, 1), (UInt64.max, Int64.max), (0, .min), (1 << 40, 1_790_000_000_000)] {
        var bytes = [UInt8](buffer.readable)
        bytes.withUnsafeMutableBytes { memory in
          guard let base = memory.baseAddress else { return }
          delivery.patch(base, sequence: sequence, time: time)
        }
        var message = Message()
        message.sequence = sequence
        message.time = time
        message.conversation = "group:støtte"
        message.sender = "anna"
        message.contentType = publish.contentType
        message.body = publish.body
        message.traceparent = publish.traceparent
        let frames = cut([[UInt8](bytes[delivery.frame])], limit: 1 << 20).frames
        #expect(frames.count == 1)
        #expect(try decodeServer(try #require(frames.first)) == ServerFrame(body: .message(message)))
        bytes.withUnsafeBytes { memory in
          #expect(DeliveryFrame(in: memory, at: delivery.frame.lowerBound) == delivery)
          #expect(delivery.sequence(in: memory) == sequence)
        }
      }
    }
  }

  @Test func `a delivery has the same bytes as the stored message`() {
    var codec = FrameCodec(decodingBytes: decodingBytes)
    for publish in Self.publishes {
      var buffer = FrameBuffer()
      let delivery = codec.encodeDelivery(conversation: "g", sender: "s", publish: publish, into: &buffer)
      let segment = Segment(buffer.readable, firstSequence: 77, ends: ShortList(of: buffer.count)) {
        delivery.patch($0, sequence: 77, time: 88)
      }
      var message = Message()
      message.sequence = 77
      message.time = 88
      message.conversation = "g"
      message.sender = "s"
      message.contentType = publish.contentType
      message.body = publish.body
      message.traceparent = publish.traceparent
      #expect(encoded(ServerFrame(body: .message(message))) == [UInt8](segment.bytes))
    }
  }

  @Test func `what is no delivery, or not all of it, is not read back as one`() {
    var codec = FrameCodec(decodingBytes: decodingBytes)
    for publish in Self.publishes where publish.body.count < 200 {
      var buffer = FrameBuffer()
      let delivery = codec.encodeDelivery(conversation: "g", sender: "s", publish: publish, into: &buffer)
      let bytes = [UInt8](buffer.readable)
      bytes.withUnsafeBytes { memory in
        #expect(DeliveryFrame(in: memory, at: 0) == delivery)
        #expect(DeliveryFrame(in: memory, at: memory.count) == nil)
        for count in 0..<memory.count {
          #expect(DeliveryFrame(in: UnsafeRawBufferPointer(rebasing: memory[..<count]), at: 0) == nil)
        }
      }
      for index in 0..<delivery.sequenceOffset {
        var damaged = bytes
        damaged[index] ^= 0x21
        damaged.withUnsafeBytes { #expect(DeliveryFrame(in: $0, at: 0) == nil, "byte \(index)") }
      }
    }
    let other = encoded(ServerFrame(body: .done))
    other.withUnsafeBytes { #expect(DeliveryFrame(in: $0, at: 0) == nil) }
    [UInt8]([0, 0xff, 0xff]).withUnsafeBytes { #expect(DeliveryFrame(in: $0, at: 0) == nil) }
  }
}
