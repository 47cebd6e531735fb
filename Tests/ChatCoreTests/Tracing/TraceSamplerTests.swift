import Testing

@testable import ChatCore

@Suite struct TraceSamplerTests {
  private static let sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
  private static let unsampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"

  @Test func `a publisher's decision counts, whatever the ratio`() {
    var none = TraceSampler(ratio: 0, seed: 1)
    var all = TraceSampler(ratio: 1, seed: 1)
    let trace = none.trace(Self.sampled, at: 5)
    #expect(trace?.parent == TraceContext(Self.sampled))
    #expect(trace?.context.traceID == trace?.parent?.traceID)
    #expect(trace?.context.span != trace?.parent?.span)
    #expect(trace?.receivedAt == 5)
    #expect(all.trace(Self.unsampled, at: 5) == nil)
  }

  @Test(arguments: [0, 0.001, 0.25, 1.0])
  func `of the others the share is exact`(ratio: Double) {
    var sampler = TraceSampler(ratio: ratio, seed: 1)
    let traces = (0..<10_000).compactMap { _ in sampler.trace("", at: 1) }
    #expect(traces.count == Int(ratio * 10_000))
    #expect(traces.allSatisfy { $0.parent == nil && $0.context.isSampled })
    #expect(Set(traces.map(\.context)).count == traces.count)
  }

  @Test func `the same seed gives the same names`() {
    var first = TraceSampler(ratio: 1, seed: 7)
    var second = TraceSampler(ratio: 1, seed: 7)
    var other = TraceSampler(ratio: 1, seed: 8)
    #expect(first.trace("", at: 1) == second.trace("", at: 1))
    #expect(first.trace("", at: 1) != other.trace("", at: 1))
  }

  @Test(arguments: [-1.0, Double.nan, -Double.infinity])
  func `a ratio that is none is that of nothing`(ratio: Double) {
    var sampler = TraceSampler(ratio: ratio, seed: 1)
    #expect((0..<100).allSatisfy { _ in sampler.trace("", at: 1) == nil })
  }
}
