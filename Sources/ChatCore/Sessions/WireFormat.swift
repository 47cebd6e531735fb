/// How a session's frames are written, and how its bytes are cut.
package enum WireFormat: UInt8, Sendable, CaseIterable {
  /// Delimited protobuf as one stream: TCP.
  case stream
  /// Delimited protobuf in messages that hold whole frames: WebSocket, `chat.v1.protobuf`.
  case messages
  /// Lines of JSON in messages that hold whole lines: WebSocket, `chat.v1.json`.
  case json

  /// Each handover to the socket is a message with whole frames. The driver keeps what the socket did not take
  /// of it, because its length has been announced.
  var isInMessages: Bool { self != .stream }

  /// The front of encoded frames that goes out together: of a stream all of them, else whole frames up to `most`
  /// bytes, at least one.
  func wholeFrames(of bytes: UnsafeRawBufferPointer, most: Int) -> UnsafeRawBufferPointer {
    guard isInMessages, bytes.count > most else { return bytes }
    var end = 0
    while let next = self.end(ofFrameAt: end, in: bytes), end == 0 || next <= most { end = next }
    // What we have encoded ourselves has an end; if it had none, it would better go out as it is.
    return end == 0 ? bytes : UnsafeRawBufferPointer(rebasing: bytes[..<end])
  }

  private func end(ofFrameAt start: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
    guard start < bytes.count else { return nil }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
    if self == .json { return rest.firstIndex(of: UInt8(ascii: "\n")).map { start + $0 + 1 } }
    guard case .value(let length, let size) = Varint.read(rest), length <= UInt64(rest.count - size) else {
      return nil
    }
    return start + size + Int(length)
  }
}
