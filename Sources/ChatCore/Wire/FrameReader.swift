/// Cuts a stream into varint-delimited frames, and refuses a frame that is too long before any of it is kept.
package struct FrameReader: ~Copyable {
  /// The longest frame accepted, without its length prefix.
  private let limit: Int
  /// The beginning of a frame whose end has not come yet, with its length prefix.
  private var held = FrameBuffer()
  private var failure: Failure?

  /// Why it does not know where the next frame starts. The error is made of it when it is needed, since each session has room
  /// for this.
  private enum Failure {
    case tooLarge(UInt64)
    case malformed
  }

  package init(limit: Int) {
    self.limit = limit
  }

  /// Bytes of an incomplete frame that are kept until its end comes.
  package var bufferedBytes: Int { held.count }

  /// Reads further bytes of the stream and calls `frame` for each frame that is complete, without its length
  /// prefix and valid during the call.
  ///
  /// A frame that lies whole in `bytes` is not copied. Only an incomplete end of `bytes` is kept.
  ///
  /// - Parameter frame: returns false to stop; then the rest is dropped.
  /// - Throws: ``ErrorCode/frameTooLarge`` or ``ErrorCode/malformedFrame``. Where the next frame starts is
  ///   then unknown, so every later call throws the same error.
  package mutating func read(
    _ bytes: UnsafeRawBufferPointer, frame: (UnsafeRawBufferPointer) -> Bool
  ) throws(ChatError) {
    if let failure { throw error(for: failure) }
    var rest = bytes
    if !held.isEmpty {
      guard try complete(with: &rest, frame: frame) else { return }
    }
    while !rest.isEmpty {
      guard let extent = try extent(of: rest), extent.upperBound <= rest.count else {
        return hold(rest)
      }
      guard frame(UnsafeRawBufferPointer(rebasing: rest[extent])) else { return }
      rest = UnsafeRawBufferPointer(rebasing: rest[extent.upperBound...])
    }
  }

  /// Completes the held frame with what it lacks from the front of `rest`.
  ///
  /// - Returns: whether to go on with `rest`.
  private mutating func complete(
    with rest: inout UnsafeRawBufferPointer, frame: (UnsafeRawBufferPointer) -> Bool
  ) throws(ChatError) -> Bool {
    var found = try extent(of: held.readable)
    while found == nil {
      guard !rest.isEmpty else { return false }
      move(1, from: &rest)
      found = try extent(of: held.readable)
    }
    guard let extent = found else { return false }
    held.reserve(min(extent.upperBound - held.count, rest.count), atMost: extent.upperBound)
    move(min(extent.upperBound - held.count, rest.count), from: &rest)
    guard held.count == extent.upperBound else { return false }
    let goesOn = frame(UnsafeRawBufferPointer(rebasing: held.readable[extent]))
    held.consume(held.count)
    return goesOn
  }

  private mutating func move(_ count: Int, from rest: inout UnsafeRawBufferPointer) {
    held.append(UnsafeRawBufferPointer(rebasing: rest[..<count]))
    rest = UnsafeRawBufferPointer(rebasing: rest[count...])
  }

  private mutating func hold(_ bytes: UnsafeRawBufferPointer) {
    // A length is a promise of the other side: memory is taken for what has come, not for what is announced.
    held.reserve(bytes.count, atMost: bytes.count)
    held.append(bytes)
  }

  /// Where the frame at the front of `bytes` lies behind its length prefix; nil while the prefix is incomplete.
  private mutating func extent(of bytes: UnsafeRawBufferPointer) throws(ChatError) -> Range<Int>? {
    switch Varint.read(bytes) {
    case .value(let length, let size):
      guard let count = Int(exactly: length), count <= limit else { throw fail(.tooLarge(length)) }
      return size..<(size + count)
    case .incomplete:
      return nil
    case .malformed:
      throw fail(.malformed)
    }
  }

  private mutating func fail(_ failure: Failure) -> ChatError {
    self.failure = failure
    held.consume(held.count)
    return error(for: failure)
  }

  private func error(for failure: Failure) -> ChatError {
    switch failure {
    case .tooLarge(let length):
      .limit(
        "frame_bytes",
        "frame_bytes is \(limit), and a frame of \(length) bytes is announced: connect again and send shorter frames",
        code: .frameTooLarge)
    case .malformed:
      ChatError(
        .malformedFrame,
        "the length in front of a frame is not a varint of at most 64 bits: "
          + "connect again and send frames of chat.v1, each behind its length as a varint")
    }
  }
}
