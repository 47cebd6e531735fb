import ChatCore

// The same for JSON: what was understood must be understood the same way after it was written.

/// The input is taken for JSON.
func checkClientJSON(_ text: UnsafeRawBufferPointer, _ codec: inout FrameCodec) {
  guard let frame = try? codec.decodeClientFrame(json: text) else { return }
  checkJSON(of: owned(frame), &codec)
}

/// The input is taken for JSON.
func checkServerJSON(_ text: UnsafeRawBufferPointer, _ codec: inout FrameCodec) {
  guard let frame = try? codec.decodeServerFrame(json: text) else { return }
  checkJSON(of: frame, &codec)
}

func checkJSON(of frame: ClientFrame, _ codec: inout FrameCodec) {
  var buffer = FrameBuffer()
  var text = FrameBuffer()
  codec.encode(frame, into: &buffer)
  guard let bytes = onlyFrame(in: buffer.readable) else { return }
  precondition((try? codec.appendJSON(ofClientFrame: bytes, into: &text)) != nil, "the frame has no JSON")
  let again = (try? codec.decodeClientFrame(json: text.readable)).map(owned)
  precondition(again == frame, "as JSON, the frame says something else")
}

func checkJSON(of frame: ServerFrame, _ codec: inout FrameCodec) {
  var buffer = FrameBuffer()
  var text = FrameBuffer()
  codec.encode(frame, into: &buffer)
  guard let bytes = onlyFrame(in: buffer.readable) else { return }
  precondition((try? codec.appendJSON(of: bytes, into: &text)) != nil, "the frame has no JSON")
  let again = try? codec.decodeServerFrame(json: text.readable)
  precondition(again == frame, "as JSON, the frame says something else")
}

/// The frame with a body of its own, since it is compared after the next one was decoded.
func owned(_ frame: ClientFrame) -> ClientFrame {
  guard case .publish(var publish) = frame.body else { return frame }
  publish.body = publish.body.owned
  return ClientFrame(requestID: frame.requestID, body: .publish(publish))
}
