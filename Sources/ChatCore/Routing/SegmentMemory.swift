/// The memory behind segments. Written by one owner until the commit, immutable afterwards.
///
/// One piece of the heap, of just the size that is needed: most hold one message, and there are many of them.
package struct SegmentMemory: @unchecked Sendable {  // Written before it is shared, never after.
  // The owner loop patches sequences in after the store has answered and before it shares the
  // segment; nobody reads those bytes before, and nobody writes after.
  private let storage: ManagedBuffer<Int, UInt8>

  /// Copies the bytes.
  package init(_ bytes: UnsafeRawBufferPointer) {
    storage = .create(minimumCapacity: bytes.count) { _ in bytes.count }
    self.bytes.copyMemory(from: bytes)
  }

  /// The bytes, valid while the memory lives.
  package var bytes: UnsafeMutableRawBufferPointer {
    storage.withUnsafeMutablePointers { count, first in
      UnsafeMutableRawBufferPointer(start: first, count: count.pointee)
    }
  }

  /// A part of the memory that keeps all of it alive.
  package func payload(_ range: Range<Int>) -> Payload {
    Payload(
      base: bytes.baseAddress.map { UnsafeRawPointer($0) + range.lowerBound }, count: range.count,
      owner: storage
    )
  }
}
