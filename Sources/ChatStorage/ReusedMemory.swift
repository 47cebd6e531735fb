/// Bytes that are appended and then forgotten together, in memory that is used again.
struct ReusedMemory: ~Copyable {
  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private(set) var count = 0

  deinit { memory.deallocate() }

  /// All bytes, valid until the next change.
  var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(rebasing: memory[..<count]) }

  /// All bytes, to be written over.
  var mutableBytes: UnsafeMutableRawBufferPointer {
    UnsafeMutableRawBufferPointer(rebasing: memory[..<count])
  }

  /// Appends `count` bytes, which `fill` writes in place. It must write all of them.
  mutating func append(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    reserve(count)
    fill(UnsafeMutableRawBufferPointer(rebasing: memory[self.count..<self.count + count]))
    self.count += count
  }

  /// Forgets the bytes, and keeps their memory if it is at most so much.
  mutating func removeAll(keeping mostBytes: Int) {
    count = 0
    guard memory.count > mostBytes else { return }
    memory.deallocate()
    memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  }

  private mutating func reserve(_ additional: Int) {
    guard additional > memory.count - count else { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: max(count + additional, 2 * memory.count), alignment: 16)
    larger.copyMemory(from: bytes)
    memory.deallocate()
    memory = larger
  }
}
