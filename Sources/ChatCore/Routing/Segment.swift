/// Messages of one log with consecutive sequences, encoded for the wire, next to one another in memory.
///
/// Immutable and shared: all loops and all sockets read these very bytes. A cursor refers to a segment; it never copies
/// it. It is one piece of the heap, of just the size that is needed: most hold one message, and there are many of them.
package struct Segment: @unchecked Sendable {  // Written before it is shared, never after.
  /// Small, because windows hold many.
  private struct Header {
    let firstSequence: UInt64
    let byteCount: Int
    /// Where each frame but the last ends. Most segments have one message.
    let ends: [Int]
    /// ``notPublished`` or a time.
    let publishedAt: UInt64
    let traces: [PublishTrace]

    static let notPublished = UInt64.max
  }

  private let storage: ManagedBuffer<Header, UInt8>

  /// Copies frames.
  ///
  /// - Parameters:
  ///   - frames: they lie next to one another.
  ///   - ends: where each of them ends; not empty.
  ///   - publishedAt: when they were read from their publishers, as ``Moment/nanoseconds``; nil: they come from the store.
  ///   - traces: of publishes that are traced.
  ///   - place: called once with the copy, to give messages their places in the log.
  package init(
    _ frames: UnsafeRawBufferPointer, firstSequence: UInt64, ends: ShortList<Int>,
    publishedAt: UInt64? = nil, traces: [PublishTrace] = [],
    place: (UnsafeMutableRawPointer) -> Void = { _ in }
  ) {
    storage = .create(minimumCapacity: frames.count) { _ in
      Header(
        firstSequence: firstSequence, byteCount: frames.count, ends: ends.count > 1 ? ends.dropLast() : [],
        publishedAt: publishedAt ?? Header.notPublished, traces: traces)
    }
    storage.withUnsafeMutablePointerToElements { memory in
      UnsafeMutableRawBufferPointer(start: memory, count: frames.count).copyMemory(from: frames)
      place(UnsafeMutableRawPointer(memory))
    }
  }

  /// The sequence of the first message.
  package var firstSequence: UInt64 { storage.withUnsafeMutablePointerToHeader { $0.pointee.firstSequence } }

  /// The sequence of the last message.
  package var lastSequence: UInt64 { firstSequence &+ UInt64(count) &- 1 }

  /// How many messages.
  package var count: Int { storage.withUnsafeMutablePointerToHeader { $0.pointee.ends.count &+ 1 } }

  /// The size of all frames.
  package var byteCount: Int { storage.withUnsafeMutablePointerToHeader { $0.pointee.byteCount } }

  /// When its messages were read from their publishers, as ``Moment/nanoseconds``; nil: they come from the store.
  var publishedAt: UInt64? {
    let time = storage.withUnsafeMutablePointerToHeader { $0.pointee.publishedAt }
    return time == Header.notPublished ? nil : time
  }

  /// Of publishes that are traced. Mostly empty.
  var traces: [PublishTrace] { storage.withUnsafeMutablePointerToHeader { $0.pointee.traces } }

  /// All frames; valid while the segment lives.
  package var bytes: UnsafeRawBufferPointer {
    storage.withUnsafeMutablePointers { header, memory in
      UnsafeRawBufferPointer(start: memory, count: header.pointee.byteCount)
    }
  }

  /// The bytes between two offsets; valid while the segment lives.
  package func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: bytes[range])
  }

  /// The offset at which the frame of `sequence` starts; for sequences outside, the nearer end. O(1).
  package func offset(of sequence: UInt64) -> Int {
    if sequence <= firstSequence { return 0 }
    if sequence > lastSequence { return byteCount }
    return storage.withUnsafeMutablePointerToHeader {
      $0.pointee.ends[Int(sequence &- $0.pointee.firstSequence &- 1)]
    }
  }

  /// The first sequence whose frame ends behind `offset`. O(log n).
  package func sequence(at offset: Int) -> UInt64 {
    if offset >= byteCount { return lastSequence &+ 1 }
    return storage.withUnsafeMutablePointerToHeader { header in
      var low = 0
      var high = header.pointee.ends.count
      while low < high {
        let middle = (low + high) / 2
        if header.pointee.ends[middle] > offset { high = middle } else { low = middle + 1 }
      }
      return header.pointee.firstSequence &+ UInt64(low)
    }
  }
}
