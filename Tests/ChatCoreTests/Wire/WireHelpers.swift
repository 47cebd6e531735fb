import ChatCore

let decodingBytes = Limits().decodingBytes

/// The frame's bytes with their length prefix.
func encoded(_ frame: ClientFrame) -> [UInt8] {
  var codec = FrameCodec(decodingBytes: decodingBytes)
  var buffer = FrameBuffer()
  codec.encode(frame, into: &buffer)
  return [UInt8](buffer.readable)
}

/// The frame's bytes with their length prefix.
func encoded(_ frame: ServerFrame) -> [UInt8] {
  var codec = FrameCodec(decodingBytes: decodingBytes)
  var buffer = FrameBuffer()
  codec.encode(frame, into: &buffer)
  return [UInt8](buffer.readable)
}

/// Decodes a frame without its length prefix, and keeps its body.
func decodeClient(_ bytes: [UInt8], decodingBytes: Int = decodingBytes) throws(ChatError) -> ClientFrame {
  var codec = FrameCodec(decodingBytes: decodingBytes)
  return try codec.decodeOwnedClientFrame(bytes)
}

/// Decodes a frame without its length prefix.
func decodeServer(_ bytes: [UInt8], decodingBytes: Int = decodingBytes) throws(ChatError) -> ServerFrame {
  var codec = FrameCodec(decodingBytes: decodingBytes)
  return try bytes.lend { bytes throws(ChatError) in try codec.decodeServerFrame(bytes) }
}

/// The error that decoding throws, if it does.
func refusal<Frame>(_ decode: () throws(ChatError) -> Frame) -> ChatError? {
  do {
    _ = try decode()
    return nil
  } catch {
    return error
  }
}

extension FrameCodec {
  /// Decodes and copies the body, so that it may be compared after the next frame was decoded.
  mutating func decodeOwnedClientFrame(_ bytes: [UInt8]) throws(ChatError) -> ClientFrame {
    try bytes.lend { bytes throws(ChatError) in
      var frame = try decodeClientFrame(bytes)
      if case .publish(var publish) = frame.body {
        publish.body = publish.body.owned
        frame.body = .publish(publish)
      }
      return frame
    }
  }
}

extension [UInt8] {
  /// Lends the bytes, as `withUnsafeBytes` does, and keeps the type of an error.
  func lend<Value>(
    _ body: (UnsafeRawBufferPointer) throws(ChatError) -> Value
  ) throws(ChatError) -> Value {
    try withUnsafeBytes { bytes in Result { () throws(ChatError) in try body(bytes) } }.get()
  }
}

/// What a reader made of a stream.
struct Cut: Equatable {
  var frames: [[UInt8]] = []
  var error: ChatError?
  var buffered = 0
}

/// Reads a stream that arrives in these pieces.
func cut(_ pieces: [[UInt8]], limit: Int = 1024) -> Cut {
  var reader = FrameReader(limit: limit)
  var cut = Cut()
  for piece in pieces {
    do throws(ChatError) {
      try piece.lend { bytes throws(ChatError) in
        try reader.read(bytes) {
          cut.frames.append([UInt8]($0))
          return true
        }
      }
    } catch {
      cut.error = error
    }
  }
  cut.buffered = reader.bufferedBytes
  return cut
}

/// Protobuf by hand, for frames that no encoder makes.
enum Raw {
  static func varint(_ value: UInt64) -> [UInt8] {
    var bytes: [UInt8] = []
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  static func number(_ field: UInt64, _ value: UInt64) -> [UInt8] { varint(field << 3) + varint(value) }

  static func fixed64(_ field: UInt64, _ value: UInt64) -> [UInt8] {
    varint(field << 3 | 1) + (0..<8).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  static func bytes(_ field: UInt64, _ value: [UInt8]) -> [UInt8] {
    varint(field << 3 | 2) + varint(UInt64(value.count)) + value
  }

  static func frame(_ payload: [UInt8]) -> [UInt8] { varint(UInt64(payload.count)) + payload }
}

/// Numbers that are the same in every run.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// Below `bound`, nearly uniform, which is enough here and quick.
  mutating func below(_ bound: Int) -> Int {
    bound <= 0 ? 0 : Int(truncatingIfNeeded: next() >> 1) % bound
  }
}
