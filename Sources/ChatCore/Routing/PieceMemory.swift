/// Memory for the slices that flushes list, used again and again: they are too many for the stack.
///
/// Confined to a router's loop. Who gets room uses it up before anybody gets it again.
final class PieceMemory {
  private var memory = UnsafeMutableBufferPointer<UnsafeRawBufferPointer>(start: nil, count: 0)

  deinit { memory.deallocate() }

  /// Room for so many, which is not initialized and need not be given back. O(1) but for the first time.
  func room(for count: Int) -> UnsafeMutableBufferPointer<UnsafeRawBufferPointer> {
    if memory.count < count {
      memory.deallocate()
      memory = .allocate(capacity: count)
    }
    return UnsafeMutableBufferPointer(rebasing: memory[..<count])
  }
}
