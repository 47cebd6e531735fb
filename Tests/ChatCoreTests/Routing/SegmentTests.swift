import Testing

@testable import ChatCore

struct SegmentTests {
  /// Frames of 10, 20, 30 … bytes, from sequence 5 on.
  private func segment(_ count: Int) -> Segment {
    let sizes = (1...count).map { $0 * 10 }
    let ends = sizes.indices.map { sizes[...$0].reduce(0, +) }
    let bytes = (0..<sizes.reduce(0, +)).map { UInt8(truncatingIfNeeded: $0) }
    return bytes.withUnsafeBytes { Segment($0, firstSequence: 5, ends: ShortList(ends)) }
  }

  @Test(arguments: 1...4)
  func `each sequence and each offset leads to its frame, and what lies outside to the nearer end`(count: Int)
  {
    let segment = segment(count)
    let last = 4 + UInt64(count)
    #expect(segment.count == count && segment.firstSequence == 5 && segment.lastSequence == last)
    #expect(segment.bytes.elementsEqual((0..<segment.byteCount).map { UInt8(truncatingIfNeeded: $0) }))
    var start = 0
    for sequence in 5...last {
      let end = start + Int(sequence - 4) * 10
      #expect(segment.offset(of: sequence) == start && segment.offset(of: sequence + 1) == end)
      for offset in start..<end { #expect(segment.sequence(at: offset) == sequence) }
      #expect(segment.bytes(start..<end).count == end - start)
      start = end
    }
    #expect(segment.byteCount == start)
    #expect(segment.sequence(at: start) == last + 1 && segment.sequence(at: start + 1) == last + 1)
    #expect(segment.offset(of: 0) == 0 && segment.offset(of: last + 9) == start)
  }

  @Test func `it knows whether its messages were published here, and places them in its copy alone`() {
    let bytes: [UInt8] = [1, 2, 3]
    let (stored, published) = bytes.withUnsafeBytes { bytes in
      (
        Segment(bytes, firstSequence: 1, ends: ShortList(of: 3)),
        Segment(bytes, firstSequence: 1, ends: ShortList(of: 3), publishedAt: 0) {
          $0.storeBytes(of: 9, toByteOffset: 1, as: UInt8.self)
        }
      )
    }
    #expect(stored.publishedAt == nil && published.publishedAt == 0)
    #expect(stored.bytes.elementsEqual([1, 2, 3]) && published.bytes.elementsEqual([1, 9, 3]))
    #expect(bytes == [1, 2, 3])
  }
}
