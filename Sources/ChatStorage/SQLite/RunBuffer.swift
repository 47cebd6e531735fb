import ChatCore

/// Messages of one log that become one row, with their places filled in. Its memory is used again for the next row.
final class RunBuffer {
  /// Memory up to this is kept when the run has been stored.
  private static let keptBytes = 256 * 1024

  private var memory = ReusedMemory()
  /// The sequence of the first message.
  private(set) var firstSequence: UInt64 = 0
  private(set) var count = 0

  var isEmpty: Bool { count == 0 }

  /// The encoded messages.
  var frames: UnsafeRawBufferPointer { memory.bytes }

  /// The run would have more than `bytes` with a further message of this size. An empty one takes any.
  func isFull(for message: NewMessage, bytes: Int) -> Bool {
    count > 0 && message.byteCount > bytes - memory.count
  }

  func append(_ message: NewMessage, sequence: UInt64) {
    memory.append(count: message.byteCount) { message.encode(sequence: sequence, into: $0) }
    if count == 0 { firstSequence = sequence }
    count += 1
  }

  func removeAll() {
    memory.removeAll(keeping: Self.keptBytes)
    count = 0
  }
}
