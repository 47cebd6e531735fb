import Testing

@testable import ChatClient

@Suite struct BackoffTests {
  @Test func `each wait is between 0 and a bound that doubles up to the maximum`() {
    for seed in 0..<50 as Range<UInt64> {
      var backoff = Backoff(initial: 100, maximum: 1000, seed: seed)
      for bound in [100, 200, 400, 800, 1000, 1000] as [UInt64] { #expect(backoff.next() <= bound) }
    }
  }

  @Test func `waits differ between seeds and repeat with the same seed`() {
    func waits(_ seed: UInt64) -> [UInt64] {
      var backoff = Backoff(initial: 1000, maximum: 60_000, seed: seed)
      return (0..<8).map { _ in backoff.next() }
    }
    #expect(waits(1) == waits(1))
    #expect(waits(1) != waits(2))
  }

  @Test func `a reset starts again with the first wait`() {
    var backoff = Backoff(initial: 1, maximum: .max, seed: 3)
    for _ in 0..<100 { _ = backoff.next() }
    backoff.reset()
    #expect(backoff.next() <= 1)
  }
}
