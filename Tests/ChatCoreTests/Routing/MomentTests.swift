import Testing

@testable import ChatCore

@Suite struct MomentTests {
  @Test func `When something was is the same at each look`() {
    let start: UInt64 = 1_700_000_000_000_700_000
    let times = (0..<100).map { step -> Int64 in
      let passed = UInt64(step) * 333_333
      return Moment(nanoseconds: 5_000_400_000 + passed, unixNanoseconds: start + passed).unixTime(
        ofUptime: 4_000)
    }
    #expect(Set(times) == [1_699_999_999_000])
  }
}
