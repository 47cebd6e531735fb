/// Growable bytes with a head that is consumed. The sole owner of its memory.
package struct FrameBuffer: ~Copyable {
  /// An emptied buffer keeps at most this much memory.
  static let keptBytes = 4096
  /// The first memory that a buffer takes.
  static let firstBytes = 256

  private var memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var head = 0
  private var tail = 0

  package init() {}

  deinit { memory.deallocate() }

  /// How many bytes wait to be consumed.
  package var count: Int { tail - head }

  /// There is nothing to consume.
  package var isEmpty: Bool { head == tail }

  /// How many bytes fit in without taking new memory, counted from the start of the memory.
  var capacity: Int { memory.count }

  /// The bytes that wait, valid until the next mutation.
  package var readable: UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: memory[head..<tail])
  }

  /// Copies the bytes behind those that wait.
  package mutating func append(_ bytes: UnsafeRawBufferPointer) {
    append(count: bytes.count) { $0.copyMemory(from: bytes) }
  }

  /// Copies a text's UTF-8 behind the bytes that wait.
  mutating func append(_ text: String) { text.withBytes { append($0) } }

  /// Appends `count` bytes, which `fill` writes in place. It must write all of them.
  package mutating func append(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    reserve(count)
    fill(UnsafeMutableRawBufferPointer(rebasing: memory[tail..<(tail + count)]))
    tail += count
  }

  /// Makes room for `additional` bytes. Takes more at once than is asked for, so that appending is cheap, but
  /// no more than `most` bytes in all, unless the bytes themselves need it.
  mutating func reserve(_ additional: Int, atMost most: Int = .max) {
    guard additional > memory.count - tail else { return }
    let needed = count + additional
    // Moving is worth it only if at least as much was consumed as has to be moved.
    if needed <= memory.count, head >= count {
      if let base = memory.baseAddress, !isEmpty {
        base.copyMemory(from: base + head, byteCount: count)
      }
    } else {
      let wanted = max(needed, min(most, max(memory.count * 2, Self.firstBytes)))
      let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: wanted, alignment: 16)
      larger.copyMemory(from: readable)
      memory.deallocate()
      memory = larger
    }
    (head, tail) = (0, count)
  }

  /// Forgets the first `count` bytes, or all if there are fewer. Once it is empty, a large buffer gives its
  /// memory back.
  package mutating func consume(_ count: Int) {
    head += min(max(count, 0), self.count)
    guard isEmpty else { return }
    (head, tail) = (0, 0)
    if memory.count > Self.keptBytes {
      memory.deallocate()
      memory = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    }
  }

  /// Forgets what was appended last, so that at most `count` bytes wait.
  mutating func truncate(to count: Int) {
    tail = min(tail, head + max(count, 0))
  }
}
