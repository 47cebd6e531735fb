import Testing

@testable import chat_broker

struct HistoryRangeTests {
  private func range(_ request: HistoryRange.Request, in held: ClosedRange<UInt64> = 1...100) -> ClosedRange<
    UInt64
  >? {
    HistoryRange(request, firstHeld: held.lowerBound, lastHeld: held.upperBound).map { $0.first...$0.last }
  }

  @Test func `a limit takes the newest, and after a sequence the oldest`() {
    #expect(range(.init(limit: 20)) == 81...100)
    #expect(range(.init(before: 50, limit: 20)) == 30...49)
    #expect(range(.init(after: 50, limit: 20)) == 51...70)
    #expect(range(.init(after: 50, before: 60)) == 51...59)
    #expect(range(.init()) == 1...100)
  }

  @Test func `what retention has deleted is not asked for`() {
    #expect(range(.init(after: 0, limit: 5), in: 40...42) == 40...42)
    #expect(range(.init(before: 40), in: 40...42) == nil)
  }

  @Test func `extremes do not overflow`() {
    #expect(range(.init(after: .max)) == nil)
    #expect(range(.init(before: 0)) == nil)
    #expect(range(.init(after: 0, before: .max, limit: .max)) == 1...100)
    #expect(range(.init(limit: 1), in: 1...UInt64.max) == UInt64.max...UInt64.max)
    #expect(HistoryRange(.init(), firstHeld: 0, lastHeld: 0) == nil)
  }
}
