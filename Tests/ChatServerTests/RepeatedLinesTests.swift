import Testing

@testable import ChatServer

@Suite struct RepeatedLinesTests {
  @Test func `the first is logged, then one in each interval with the count of those left out`() {
    var lines = RepeatedLines<String>()
    #expect(lines.note("store", at: 5_000) == 0)
    #expect(lines.note("store", at: 5_001) == nil)
    #expect(lines.note("store", at: 5_999) == nil)
    #expect(lines.note("store", at: 6_000) == 2)
    #expect(lines.note("store", at: 9_000) == 0)
  }

  @Test func `lines of one key do not hold back those of another`() {
    var lines = RepeatedLines<String>()
    #expect(lines.note("store", at: 5_000) == 0)
    #expect(lines.note("limit", at: 5_001) == 0)
  }

  @Test func `what was left out is told when it does not come again`() {
    var lines = RepeatedLines<String>(interval: 100)
    _ = lines.note("store", at: 0)
    _ = lines.note("store", at: 1)
    _ = lines.note("quiet", at: 1)
    #expect(lines.overdue(at: 50).isEmpty)
    let due = lines.overdue(at: 101)
    #expect(due.map(\.key) == ["store"])
    #expect(due.map(\.leftOut) == [1])
    #expect(lines.overdue(at: 500).isEmpty)
    #expect(lines.note("store", at: 500) == 0)
  }

  @Test func `further keys than are remembered are logged each time`() {
    var lines = RepeatedLines<Int>()
    for key in 0..<RepeatedLines<Int>.mostKeys { _ = lines.note(key, at: 0) }
    #expect(lines.note(-1, at: 0) == 0)
    #expect(lines.note(-1, at: 0) == 0)
    #expect(lines.note(0, at: 0) == nil)
  }
}
