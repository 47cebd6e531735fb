import CChatProtos
import CProtobufC

// Frames as canonical proto3 JSON, one object each without a line's end.

extension FrameCodec {
  /// Appends the JSON of an encoded server frame.
  ///
  /// - Parameter frame: the frame without its length prefix.
  /// - Throws: ``ErrorCode/malformedFrame`` or ``ErrorCode/invalidArgument``, if it is none. Then nothing is
  ///   appended.
  package mutating func appendJSON(
    of frame: UnsafeRawBufferPointer, into buffer: inout FrameBuffer
  ) throws(ChatError) {
    // Not the arena for decoding: the publish that this frame delivers may still lie there.
    encoding.reset()
    try encoding.appendJSON(of: frame, as: .serverFrame, to: &buffer)
  }

  /// Appends the JSON of an encoded client frame.
  ///
  /// - Parameter frame: the frame without its length prefix.
  package mutating func appendJSON(
    ofClientFrame frame: UnsafeRawBufferPointer, into buffer: inout FrameBuffer
  ) throws(ChatError) {
    encoding.reset()
    try encoding.appendJSON(of: frame, as: .clientFrame, to: &buffer)
  }

  /// Decodes a frame from one JSON object.
  ///
  /// The body of a publish refers to memory of this codec: it is valid until the next call that decodes.
  ///
  /// - Throws: ``ErrorCode/malformedFrame`` if the text is not JSON, ``ErrorCode/invalidArgument`` if a field
  ///   cannot hold what is there, ``ErrorCode/limitExceeded`` if it takes too much memory.
  package mutating func decodeClientFrame(
    json line: UnsafeRawBufferPointer
  ) throws(ChatError) -> ClientFrame {
    refusedRequest = nil
    decoding.reset()
    do throws(ChatError) {
      let message = UnsafeRawPointer(try decoding.message(.clientFrame, json: line))
      let frame = message.load(as: Chat__V1__ClientFrame.self)
      return ClientFrame(requestID: frame.request_id, body: try decoding.body(frame))
    } catch {
      if error.code == .invalidArgument { refusedRequest = try? decoding.requestID(json: line) }
      throw error
    }
  }

  /// Decodes a frame from one JSON object. Bodies of messages are copies, safe to keep.
  package mutating func decodeServerFrame(
    json line: UnsafeRawBufferPointer
  ) throws(ChatError) -> ServerFrame {
    decoding.reset()
    let message = UnsafeRawPointer(try decoding.message(.serverFrame, json: line))
    let frame = message.load(as: Chat__V1__ServerFrame.self)
    return ServerFrame(requestID: frame.request_id, body: try decoding.body(frame))
  }
}

// MARK: Any message

extension FrameCodec {
  /// The full names of the frames and of all messages that can be in them.
  package static var messageNames: [String] { MessageDescriptor.all.map(\.name) }

  /// Appends the JSON of an encoded message.
  ///
  /// - Parameter name: one of ``messageNames``.
  package mutating func appendJSON(
    of bytes: UnsafeRawBufferPointer, message name: String, into buffer: inout FrameBuffer
  ) throws(ChatError) {
    decoding.reset()
    try decoding.appendJSON(of: bytes, as: try Self.descriptor(name), to: &buffer)
  }

  /// Appends the message that a JSON object says, encoded without a length prefix.
  ///
  /// - Parameter name: one of ``messageNames``.
  package mutating func appendMessage(
    _ name: String, json: UnsafeRawBufferPointer, into buffer: inout FrameBuffer
  ) throws(ChatError) {
    decoding.reset()
    let message = try decoding.message(try Self.descriptor(name), json: json)
    buffer.append(count: protobuf_c_message_get_packed_size(message)) { memory in
      guard let start = memory.baseAddress else { return }
      _ = protobuf_c_message_pack(message, start.assumingMemoryBound(to: UInt8.self))
    }
  }

  private static func descriptor(_ name: String) throws(ChatError) -> MessageDescriptor {
    guard let descriptor = MessageDescriptor.all.first(where: { $0.name == name }) else {
      throw ChatError(.invalidArgument, "there is no message \(name): use one of \(messageNames)")
    }
    return descriptor
  }
}
