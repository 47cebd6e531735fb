/// Where the parts of an encoded delivery lie whose message has no place in the log yet.
///
/// All offsets count from the first readable byte that the buffer had when the frame was encoded into it.
package struct DeliveryFrame: Sendable, Hashable {
  /// The whole frame with its length prefix.
  package let frame: Range<Int>
  /// Eight bytes of `Message.sequence`.
  package let sequenceOffset: Int
  /// Eight bytes of `Message.time`.
  package let timeOffset: Int
  /// The message's body.
  package let body: Range<Int>

  package init(frame: Range<Int>, sequenceOffset: Int, timeOffset: Int, body: Range<Int>) {
    self.frame = frame
    self.sequenceOffset = sequenceOffset
    self.timeOffset = timeOffset
    self.body = body
  }

  /// Gives the message its place in the log.
  ///
  /// - Parameter memory: the byte that the offsets count from.
  package func patch(_ memory: UnsafeMutableRawPointer, sequence: UInt64, time: Int64) {
    memory.storeBytes(of: sequence.littleEndian, toByteOffset: sequenceOffset, as: UInt64.self)
    memory.storeBytes(of: time.littleEndian, toByteOffset: timeOffset, as: Int64.self)
  }
}
