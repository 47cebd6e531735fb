import ChatCore

/// The frame as JSON.
func json(_ frame: ServerFrame) throws(ChatError) -> String {
  try json(encoded(frame), "chat.v1.ServerFrame")
}

/// The frame as JSON.
func json(_ frame: ClientFrame) throws(ChatError) -> String {
  try json(encoded(frame), "chat.v1.ClientFrame")
}

private func json(_ stream: [UInt8], _ name: String) throws(ChatError) -> String {
  try json(message: name, cut([stream], limit: .max).frames.first ?? [])
}

/// An encoded message as JSON.
func json(message name: String, _ bytes: [UInt8]) throws(ChatError) -> String {
  var codec = FrameCodec(decodingBytes: decodingBytes)
  var buffer = FrameBuffer()
  try bytes.lend { bytes throws(ChatError) in
    switch name {
    case "chat.v1.ServerFrame": try codec.appendJSON(of: bytes, into: &buffer)
    case "chat.v1.ClientFrame": try codec.appendJSON(ofClientFrame: bytes, into: &buffer)
    default: try codec.appendJSON(of: bytes, message: name, into: &buffer)
    }
  }
  return String(decoding: buffer.readable, as: UTF8.self)
}

/// A message encoded from JSON, without a length prefix.
func message(_ name: String, json: String) throws(ChatError) -> [UInt8] {
  var codec = FrameCodec(decodingBytes: decodingBytes)
  var buffer = FrameBuffer()
  try Array(json.utf8).lend { json throws(ChatError) in
    try codec.appendMessage(name, json: json, into: &buffer)
  }
  return [UInt8](buffer.readable)
}

func decodeClient(json: String, decodingBytes: Int = decodingBytes) throws(ChatError) -> ClientFrame {
  try decodeClient(jsonBytes: Array(json.utf8), decodingBytes: decodingBytes)
}

func decodeClient(
  jsonBytes: [UInt8], decodingBytes: Int = decodingBytes
) throws(ChatError) -> ClientFrame {
  var codec = FrameCodec(decodingBytes: decodingBytes)
  return try codec.decodeOwnedClientFrame(json: jsonBytes)
}

func decodeServer(json: String) throws(ChatError) -> ServerFrame {
  var codec = FrameCodec(decodingBytes: decodingBytes)
  return try Array(json.utf8).lend { json throws(ChatError) in try codec.decodeServerFrame(json: json) }
}

extension FrameCodec {
  /// Decodes and copies the body, so that it may be compared after the next frame was decoded.
  mutating func decodeOwnedClientFrame(json: [UInt8]) throws(ChatError) -> ClientFrame {
    var frame = try json.lend { json throws(ChatError) in try decodeClientFrame(json: json) }
    if case .publish(var publish) = frame.body {
      publish.body = publish.body.owned
      frame.body = .publish(publish)
    }
    return frame
  }
}
