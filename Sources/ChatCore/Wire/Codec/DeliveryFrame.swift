/// Where the parts of an encoded delivery lie that are filled in when the message gets its place in the log.
///
/// All offsets count from the first readable byte that the buffer had when the frame was encoded into it.
package struct DeliveryFrame: Sendable, Hashable {
  /// The whole frame with its length prefix.
  package let frame: Range<Int>
  /// Eight bytes of `Message.sequence`.
  package let sequenceOffset: Int
  /// Eight bytes of `Message.time`.
  package let timeOffset: Int

  package init(frame: Range<Int>, sequenceOffset: Int) {
    self.frame = frame
    self.sequenceOffset = sequenceOffset
    timeOffset = sequenceOffset + Self.sequenceField
  }

  /// Gives the message its place in the log.
  ///
  /// - Parameter memory: the byte that the offsets count from.
  package func patch(_ memory: UnsafeMutableRawPointer, sequence: UInt64, time: Int64) {
    memory.storeBytes(of: sequence.littleEndian, toByteOffset: sequenceOffset, as: UInt64.self)
    memory.storeBytes(of: time.littleEndian, toByteOffset: timeOffset, as: Int64.self)
  }
}

// MARK: Reading back

extension DeliveryFrame {
  /// A tag and eight bytes.
  private static let sequenceField = 9
  private static let messageTag: UInt8 = 4 << 3 | 2
  private static let sequenceTag: UInt8 = 1 << 3 | 1
  private static let timeTag: UInt8 = 2 << 3 | 1

  /// The delivery that starts at an offset; nil if there is none, or not all of it.
  package init?(in bytes: UnsafeRawBufferPointer, at start: Int) {
    guard let (length, frame) = Self.count(in: bytes, at: start), length > 0, length <= bytes.count - frame
    else { return nil }
    let end = frame + length
    guard bytes[frame] == Self.messageTag,
      let (size, message) = Self.count(in: bytes, at: frame + 1), message + size == end,
      size >= 2 * Self.sequenceField, bytes[message] == Self.sequenceTag,
      bytes[message + Self.sequenceField] == Self.timeTag
    else { return nil }
    self.init(frame: start..<end, sequenceOffset: message + 1)
  }

  /// The sequence that was filled in.
  package func sequence(in bytes: UnsafeRawBufferPointer) -> UInt64 {
    UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: sequenceOffset, as: UInt64.self))
  }

  /// A length, and where what it counts starts.
  private static func count(in bytes: UnsafeRawBufferPointer, at start: Int) -> (count: Int, start: Int)? {
    guard start < bytes.count else { return nil }
    let rest = UnsafeRawBufferPointer(rebasing: bytes[start...])
    // What is longer than the bytes is no delivery, so sums of the two do not overflow.
    guard case .value(let value, let size) = Varint.read(rest), value <= UInt64(rest.count) else {
      return nil
    }
    return (Int(value), start + size)
  }
}
