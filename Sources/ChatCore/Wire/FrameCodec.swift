/// Turns frames of `chat.v1` into bytes and back. One for each event loop.
///
/// All memory that decoding one frame takes is bounded and used again for the next one.
package struct FrameCodec: ~Copyable {
  /// Holds the frame decoded last.
  let decoding: Arena
  /// Holds what encoding needs for one frame. Apart from `decoding`, because a publish that was just decoded
  /// is encoded for delivery.
  let encoding: Arena

  /// Messages that were encoded for delivery.
  package internal(set) var messagesEncoded: UInt64 = 0
  /// The id of the request that was refused last, because a field of a well-formed frame was not acceptable; nil if
  /// the frame was not well-formed, or its id could not be read.
  package internal(set) var refusedRequest: UInt64?

  /// - Parameter decodingBytes: ``Limits/decodingBytes``, the most memory that decoding one frame may take.
  package init(decodingBytes: Int) {
    decoding = Arena(limit: decodingBytes)
    // What is encoded is our own, and bounded where it is made.
    encoding = Arena(limit: .max)
  }

  /// Appends `count` bytes to `buffer` behind their length, as a frame; `pack` writes them.
  func append(
    count: Int, to buffer: inout FrameBuffer, _ pack: (UnsafeMutablePointer<UInt8>) -> Void
  ) {
    let prefix = Varint.size(UInt64(count))
    buffer.append(count: prefix + count) { memory in
      Varint.write(UInt64(count), to: memory)
      guard let start = memory.baseAddress else { return }
      pack((start + prefix).assumingMemoryBound(to: UInt8.self))
    }
  }
}
