import ChatCore

/// What libFuzzer calls with each input. The first byte says in pieces of which size the rest arrives.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzDecoder(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeRawBufferPointer(start: start, count: count)
  guard let first = input.first else { return 0 }
  var reader = FrameReader(limit: 64 * 1024)
  var codec = FrameCodec(decodingBytes: 1024 * 1024)
  var rest = UnsafeRawBufferPointer(rebasing: input.dropFirst())
  checkClientJSON(rest, &codec)
  checkServerJSON(rest, &codec)
  do throws(ChatError) {
    while !rest.isEmpty {
      let piece = rest.prefix(first == 0 ? rest.count : Int(first))
      try reader.read(UnsafeRawBufferPointer(rebasing: piece)) { frame in
        checkClientFrame(frame, &codec)
        checkServerFrame(frame, &codec)
        return true
      }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(piece.count))
    }
  } catch {
    // A refusal is a good answer; a trap or a memory error is not.
  }
  return 0
}

/// What was understood must be understood the same way after it was encoded.
private func checkClientFrame(_ bytes: UnsafeRawBufferPointer, _ codec: inout FrameCodec) {
  guard let frame = clientFrame(bytes, &codec) else { return }
  var buffer = FrameBuffer()
  codec.encode(frame, into: &buffer)
  let again = onlyFrame(in: buffer.readable).flatMap { clientFrame($0, &codec) }
  precondition(again == frame, "encoded again, the frame says something else")

  checkJSON(of: frame, &codec)

  guard case .publish(let publish) = frame.body else { return }
  let unpacked = (try? codec.unpackClientFrame(bytes)).map(owned)
  precondition(unpacked == frame, "libprotobuf-c reads something else")
  var deliveries = FrameBuffer()
  let delivery = codec.encodeDelivery(
    conversation: "group:a", sender: "b", publish: publish, into: &deliveries)
  precondition(delivery.frame == 0..<deliveries.count, "the delivery's range is wrong")
  precondition(
    DeliveryFrame(in: deliveries.readable, at: 0) == delivery, "the delivery is not found again")
}

private func checkServerFrame(_ bytes: UnsafeRawBufferPointer, _ codec: inout FrameCodec) {
  // Bytes of a damaged store; only a trap or a memory error is wrong.
  _ = DeliveryFrame(in: bytes, at: 0)?.sequence(in: bytes)
  guard let frame = try? codec.decodeServerFrame(bytes) else { return }
  var buffer = FrameBuffer()
  codec.encode(frame, into: &buffer)
  let again = onlyFrame(in: buffer.readable).flatMap { try? codec.decodeServerFrame($0) }
  precondition(again == frame, "encoded again, the frame says something else")
  checkJSON(of: frame, &codec)
}

/// The decoded frame with a body of its own, since it is compared after the next one was decoded.
private func clientFrame(_ bytes: UnsafeRawBufferPointer, _ codec: inout FrameCodec) -> ClientFrame? {
  (try? codec.decodeClientFrame(bytes)).map(owned)
}

/// The frame that a stream of one frame holds; valid as long as the stream.
func onlyFrame(in stream: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer? {
  var found: UnsafeRawBufferPointer?
  var reader = FrameReader(limit: .max)
  try? reader.read(stream) { frame in
    precondition(found == nil, "one frame became two")
    found = frame
    return true
  }
  return found
}
