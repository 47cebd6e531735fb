/// Messages of one log with consecutive sequences, encoded for the wire, next to one another in memory.
///
/// Immutable and shared: the store, all loops and all sockets read these very bytes. A cursor refers to a
/// segment; it never copies it.
package final class Segment: Sendable {
  private let memory: SegmentMemory
  /// The sequence of the first message.
  package let firstSequence: UInt64
  /// Where the first frame starts, as an offset in the memory.
  private let start: Int
  /// Where each frame ends, as offsets in the memory. Never empty; most segments have one message.
  private let ends: ShortList<Int>
  /// When its messages were read from their publishers, as ``Moment/nanoseconds``; nil: they come from the store.
  let publishedAt: UInt64?
  /// Of publishes that are traced. Mostly empty.
  let traces: [PublishTrace]

  package convenience init(memory: SegmentMemory, firstSequence: UInt64, start: Int, ends: ShortList<Int>) {
    self.init(
      memory: memory, firstSequence: firstSequence, start: start, ends: ends, publishedAt: nil, traces: [])
  }

  init(
    memory: SegmentMemory, firstSequence: UInt64, start: Int, ends: ShortList<Int>, publishedAt: UInt64?,
    traces: [PublishTrace]
  ) {
    self.memory = memory
    self.firstSequence = firstSequence
    self.start = start
    self.ends = ends
    self.publishedAt = publishedAt
    self.traces = traces
  }

  /// The sequence of the last message.
  package var lastSequence: UInt64 { firstSequence &+ UInt64(ends.count) &- 1 }

  /// How many messages.
  package var count: Int { ends.count }

  /// The size of all frames.
  package var byteCount: Int { end - start }

  /// The offset behind the last frame.
  package var end: Int { ends.last ?? start }

  /// The offset at which the frame of `sequence` starts; for sequences outside, the nearer end. O(1).
  package func offset(of sequence: UInt64) -> Int {
    if sequence <= firstSequence { return start }
    let index = sequence &- firstSequence &- 1
    return index < UInt64(ends.count) ? ends[Int(index)] : end
  }

  /// The first sequence whose frame ends behind `offset`. O(log n).
  package func sequence(at offset: Int) -> UInt64 {
    var low = 0
    var high = ends.count
    while low < high {
      let middle = (low + high) / 2
      if ends[middle] > offset { high = middle } else { low = middle + 1 }
    }
    return firstSequence &+ UInt64(low)
  }

  /// The bytes between two offsets; valid while the segment lives.
  package func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(memory.bytes)[range])
  }
}
