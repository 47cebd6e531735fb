import ChatCore
import Testing

@Suite struct CountHistogramTests {
  @Test func `Each value is in the bucket of the next power of two, and in all above`() {
    var histogram = CountHistogram()
    for value in [1, 2, 3, 4, 5, 65_536, 65_537] { histogram.record(value) }
    let counts = Dictionary(uniqueKeysWithValues: histogram.cumulative.map { ($0.end, $0.count) })
    #expect(counts[1] == 1)
    #expect(counts[2] == 2)
    #expect(counts[4] == 4)
    #expect(counts[8] == 5)
    #expect(counts[32_768] == 5)
    #expect(counts[65_536] == 6)
    #expect(histogram.count == 7)
    #expect(histogram.sum == 1 + 2 + 3 + 4 + 5 + 65_536 + 65_537)
    #expect(histogram.cumulative.count == 17)
  }

  @Test func `Values that make no sense do no harm`() {
    var histogram = CountHistogram()
    for value in [0, -1, Int.min, Int.max] { histogram.record(value) }
    #expect(histogram.count == 4)
    #expect(histogram.cumulative.first?.count == 3)
    #expect(histogram.cumulative.last?.count == 3)
  }
}
