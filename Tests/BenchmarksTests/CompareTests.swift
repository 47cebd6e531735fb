import ArgumentParser
import Testing

@testable import benchmarks

struct CompareTests {
  @Test(arguments: [
    (["--in-turn", "--output", "results.json"], "--in-turn has no latencies"),
    (["--in-turn", "--scenarios", "A,D100"], "D100 is about them"),
    (["--scenarios", "Z"], "there is no Z"),
    (["--rounds", "0"], "--rounds"),
  ])
  func `what cannot be measured is refused, and said why`(arguments: [String], part: String) {
    let error = #expect(throws: (any Error).self) { try Compare.parse(arguments) }
    #expect(error.map { Compare.message(for: $0) }?.contains(part) == true)
  }

  @Test func `all scenarios with latencies are left out of those in turn, unless they are named`() throws {
    #expect(
      try Compare.parse(["--in-turn"]).chosen().map(\.rawValue) == ["A", "A8", "A1", "B", "C", "E", "G"])
    #expect(try Compare.parse([]).chosen() == Scenario.allCases)
    #expect(try Compare.parse(["--in-turn", "--scenarios", "C,A"]).chosen() == [.C, .A])
  }
}
