import ChatCore

/// Messages of one log that become one row, with their places filled in. Its memory is used again for the next row.
final class RunBuffer {
  /// Memory up to this is kept when the run has been stored.
  private static let keptBytes = 256 * 1024

  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var used = 0
  /// The sequence of the first message.
  private(set) var firstSequence: UInt64 = 0
  private(set) var count = 0

  deinit { memory.deallocate() }

  var isEmpty: Bool { count == 0 }

  /// The encoded messages.
  var frames: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<used]) }

  /// The run would have more than `bytes` with a further message of this size. An empty one takes any.
  func isFull(for message: NewMessage, bytes: Int) -> Bool { count > 0 && message.byteCount > bytes - used }

  func append(_ message: NewMessage, sequence: UInt64) {
    reserve(message.byteCount)
    message.encode(
      sequence: sequence,
      into: UnsafeMutableRawBufferPointer(rebasing: memory[used..<used + message.byteCount]))
    if count == 0 { firstSequence = sequence }
    used += message.byteCount
    count += 1
  }

  func removeAll() {
    used = 0
    count = 0
    if memory.count > Self.keptBytes {
      memory.deallocate()
      memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
  }

  private func reserve(_ bytes: Int) {
    guard bytes > memory.count - used else { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(used + bytes, 2 * memory.count), alignment: 16)
    larger.copyMemory(from: frames)
    memory.deallocate()
    memory = larger
  }
}
