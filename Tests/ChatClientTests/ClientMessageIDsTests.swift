import Testing

@testable import ChatClient

@Suite struct ClientMessageIDsTests {
  @Test func `ids have 26 characters and grow, also when the clock stands still or goes back`() {
    var ids = ClientMessageIDs()
    var last = ""
    for time in [1_700_000_000_000, 1_700_000_000_000, 1_700_000_000_001, 1_600_000_000_000] as [UInt64] {
      for _ in 0..<1000 {
        let id = ids.next(unixTime: time)
        #expect(id.utf8.count == 26)
        #expect(last < id)
        last = id
      }
    }
  }

  @Test func `the first ten characters are the time`() {
    var ids = ClientMessageIDs()
    // The example of the ULID specification.
    #expect(ids.next(unixTime: 1_469_918_176_385).hasPrefix("01ARYZ6S41"))
  }
}
