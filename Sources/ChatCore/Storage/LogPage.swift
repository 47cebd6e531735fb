/// Neighbouring messages of a log, encoded for delivery: what a store answers to a ``PageQuery``.
public struct LogPage: Sendable {
  /// The log at the time of the page.
  public let log: LogState
  /// The messages as sockets get them; nil: none.
  package let segment: Segment?

  package init(log: LogState, segment: Segment?) {
    self.log = log
    self.segment = segment
  }

  /// How many messages.
  public var count: Int { segment?.count ?? 0 }

  /// Decodes the messages. O(n), copies their bodies.
  ///
  /// - Throws: ``StoreError/Code/corrupt`` if what was stored cannot be decoded.
  public func messages() throws(StoreError) -> [Message] {
    var codec = FrameCodec(decodingBytes: Limits().decodingBytes)
    return try messages(decodedBy: &codec)
  }

  package func messages(decodedBy codec: inout FrameCodec) throws(StoreError) -> [Message] {
    guard let segment else { return [] }
    var messages: [Message] = []
    messages.reserveCapacity(segment.count)
    for index in 0..<UInt64(segment.count) {
      let sequence = segment.firstSequence &+ index
      let frame = segment.bytes(segment.offset(of: sequence)..<segment.offset(of: sequence &+ 1))
      guard let message = Self.message(frame, &codec), message.sequence == sequence else {
        throw StoreError(
          .corrupt, "message \(sequence) cannot be decoded: put a backup in place of the store's file")
      }
      messages.append(message)
    }
    return messages
  }

  private static func message(_ frame: UnsafeRawBufferPointer, _ codec: inout FrameCodec) -> Message? {
    guard case .value(_, let prefix) = Varint.read(frame),
      let decoded = try? codec.decodeServerFrame(UnsafeRawBufferPointer(rebasing: frame[prefix...])),
      case .message(let message) = decoded.body
    else { return nil }
    return message
  }
}

extension LogPage: Hashable {
  /// Compares the encoded bytes. O(n).
  public static func == (left: LogPage, right: LogPage) -> Bool {
    left.log == right.log && left.count == right.count
      && left.segment?.firstSequence == right.segment?.firstSequence
      && left.bytes.elementsEqual(right.bytes)
  }

  /// Hashes what tells pages apart without their bytes.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(log)
    hasher.combine(segment?.firstSequence)
    hasher.combine(count)
  }

  private var bytes: UnsafeRawBufferPointer {
    segment?.bytes
      ?? UnsafeRawBufferPointer(start: nil, count: 0)
  }
}
