import Testing

@testable import ChatCore

@Suite struct LatencyHistogramTests {
  private func histogram(_ values: [Double]) -> LatencyHistogram {
    var histogram = LatencyHistogram()
    for value in values { histogram.record(value) }
    return histogram
  }

  @Test func `Nothing measured is zero`() {
    let empty = LatencyHistogram()
    #expect(empty.count == 0)
    #expect(empty.maximum == 0)
    #expect([0, 0.5, 0.99, 1].allSatisfy { empty.quantile($0) == 0 })
  }

  @Test(
    "A quantile is right, or too long by less than a fifth", arguments: [51, 100, 1_234, 99_999, 5e6, 59e6])
  func exactness(value: Double) {
    // One far above it, so that the bucket's end shows.
    let quantile = histogram([value, 60_000_000]).quantile(0.5)
    #expect(quantile >= value)
    #expect(quantile < value * 1.2)
  }

  @Test func `No quantile is above the longest that there was`() {
    let histogram = histogram([1, 2, 3])
    #expect([0.5, 0.99, 1].allSatisfy { histogram.quantile($0) == 3 })
  }

  @Test func `Shares count from the shortest`() {
    let histogram = histogram((1...1_000).map { Double($0) * 1_000 }.shuffled())
    #expect(histogram.count == 1_000)
    #expect(histogram.maximum == 1_000_000)
    for share in [0.1, 0.5, 0.9, 0.99] {
      let exact = share * 1_000_000
      #expect(histogram.quantile(share) >= exact)
      #expect(histogram.quantile(share) < exact * 1.2)
    }
    #expect(histogram.quantile(1) == 1_000_000)
  }

  @Test func `Of ten the ninth is the share of nine tenths, and one more makes it the tenth`() {
    let histogram = histogram(Array(repeating: 10, count: 9) + [1_000_000])
    #expect(histogram.quantile(0.9) < 100)
    #expect(histogram.quantile(0.91) == 1_000_000)
  }

  @Test func `A time is in the first bucket that ends at it or behind it`() {
    let ends = LatencyHistogram.ends
    let beside = ends.flatMap { [$0.nextDown, $0, $0.nextUp] }
    let random = (0..<2_000).map { _ in Double.random(in: 0...100) * .random(in: 0...1_000_000) }
    for time in beside + random + [0, -1, 1e300, .infinity] {
      let expected = ends.firstIndex { $0 >= time } ?? ends.count - 1
      #expect(LatencyHistogram.bucket(of: time) == expected, "\(time) µs")
    }
  }

  @Test func `The shortest and the longest have a place`() {
    let histogram = histogram([0, 50, 1e9, 1e12])
    #expect(histogram.count == 4)
    #expect(histogram.quantile(0.5) == 50)
    #expect(histogram.maximum == 1e12)
    #expect(histogram.quantile(1) >= 60_000_000)
  }

  @Test func `Two added are as one that has measured all`() {
    let values = (0..<500).map { _ in Double.random(in: 1...1e7) }
    var sum = histogram(Array(values[..<200]))
    sum.add(histogram(Array(values[200...])))
    let whole = histogram(values)
    #expect(sum.count == whole.count)
    #expect(sum.maximum == whole.maximum)
    for share in stride(from: 0.0, through: 1, by: 0.05) {
      #expect(sum.quantile(share) == whole.quantile(share))
    }
  }
}
