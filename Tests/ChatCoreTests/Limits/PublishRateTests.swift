import Testing

@testable import ChatCore

@Suite struct PublishRateTests {
  /// Takes one publish after another at the times given; says which of them were let through.
  private func run(rate: UInt64, at times: [UInt64]) -> [Bool] {
    var bucket = PublishRate()
    return times.map { now in
      guard bucket.wait(for: 1, rate: rate, at: now) == 0 else { return false }
      bucket.take(1, rate: rate, at: now)
      return true
    }
  }

  @Test func `one second's worth may come at once, and then one at a time`() {
    #expect(run(rate: 3, at: [5, 5, 5, 5]) == [true, true, true, false])
    #expect(
      run(rate: 2, at: [0, 0, 499, 500, 500, 1_000, 1_000]) == [true, true, false, true, false, true, false])
    #expect(run(rate: 1, at: [0, 999, 1_000, 1_500, 2_000]) == [true, false, true, false, true])
  }

  @Test func `over any time no more go through than the rate and one burst`() {
    let times = (0..<10_000).map { UInt64($0) }
    #expect(run(rate: 50, at: times).count { $0 } == 549)
  }

  @Test func `the wait that is told is enough, and not too long`() {
    var bucket = PublishRate()
    bucket.take(10, rate: 10, at: 1_000)
    let wait = bucket.wait(for: 3, rate: 10, at: 1_000)
    #expect(wait == 300)
    #expect(bucket.wait(for: 3, rate: 10, at: 1_000 + wait) == 0)
    #expect(bucket.wait(for: 3, rate: 10, at: 1_000 + wait - 1) > 0)
    #expect(!bucket.isFull(at: 1_999))
    #expect(bucket.isFull(at: 2_000))
  }

  @Test func `what others took has to be paid back, but not for ever`() {
    var bucket = PublishRate()
    for _ in 0..<1_000 { bucket.take(1_000, rate: 10, at: 0) }
    #expect(bucket.wait(for: 1, rate: 10, at: 0) == 1_100)
    #expect(bucket.isFull(at: 2_000))
  }

  @Test(arguments: [1, 7, 1_000_000_000, UInt64.max])
  func `extreme rates and times do no harm`(rate: UInt64) {
    var bucket = PublishRate()
    for now in [0, 1, UInt64.max / 4_000_000] {
      bucket.take(rate, rate: rate, at: now)
      #expect(bucket.wait(for: 1, rate: rate, at: now) <= 2_001)
    }
  }
}
