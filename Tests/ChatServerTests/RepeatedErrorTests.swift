import Testing

@testable import ChatServer

@Suite struct RepeatedErrorTests {
  @Test("The first is logged, then one in each interval with the count of those left out")
  func repeats() {
    var error = RepeatedError()
    #expect(error.note(at: 5_000) == 0)
    #expect(error.note(at: 5_001) == nil)
    #expect(error.note(at: 5_999) == nil)
    #expect(error.note(at: 6_000) == 2)
    #expect(error.note(at: 9_000) == 0)
  }
}
