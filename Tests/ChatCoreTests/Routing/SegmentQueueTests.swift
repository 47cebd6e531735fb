import Testing

@testable import ChatCore

struct SegmentQueueTests {
  private func segment(_ number: Int) -> Segment {
    Segment(
      UnsafeRawBufferPointer(start: nil, count: 0), firstSequence: UInt64(number), ends: ShortList(of: 0))
  }

  @Test(arguments: [1, 3, 4, 5, 9, 40])
  func `a queue has what was added and not taken, in order, whatever is done when`(most: Int) {
    var random = SplitMix64(state: UInt64(most))
    var queue = SegmentQueue()
    var expected: [UInt64] = []
    for number in 0..<500 {
      if expected.count == most || (!expected.isEmpty && random.next() % 3 == 0) {
        let taken = queue.popFirst()?.firstSequence
        #expect(taken == expected.removeFirst())
      } else {
        queue.append(segment(number))
        expected.append(UInt64(number))
      }
      var all: [UInt64?] = []
      for position in 0..<queue.count { all.append(queue[position]?.firstSequence) }
      let (first, last) = (queue.first?.firstSequence, queue.last?.firstSequence)
      #expect(first == expected.first && last == expected.last && all == expected)
    }
  }

  @Test func `an emptied queue has nothing, and takes more`() {
    var queue = SegmentQueue()
    for number in 1...9 { queue.append(segment(number)) }
    queue.removeAll()
    let (count, first, taken) = (queue.count, queue.first == nil, queue.popFirst() == nil)
    #expect(count == 0 && first && taken)
    queue.append(segment(10))
    let last = queue.last?.firstSequence
    #expect(last == 10)
  }
}
