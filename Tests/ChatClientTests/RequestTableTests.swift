import ChatCore
import Testing

@testable import ChatClient

@Suite struct RequestTableTests {
  @Test func `requests are sent once, and again in order after a lost connection`() {
    var table = RequestTable<String>(limit: 3)
    for id in 1...3 as ClosedRange<UInt64> { table.append(id, .ping, deadline: 100, waiter: "\(id)") }
    #expect(table.isFull)
    #expect((0..<4).map { _ in table.next(at: 0)?.id } == [1, 2, 3, nil])
    #expect(table.answered(2)?.waiter == "2")
    #expect(table.answered(2) == nil)
    table.connectionLost()
    #expect((0..<3).map { _ in table.next(at: 0)?.id } == [1, 3, nil])
  }

  @Test func `a postponed request is sent again after its wait, and given up in time`() {
    var table = RequestTable<String>(limit: 3)
    table.append(1, .ping, deadline: 100, waiter: "one")
    _ = table.next(at: 0)
    let isPostponed = table.postpone(1, by: 50, at: 10)
    #expect(isPostponed)
    #expect(table.deadline(isConnected: true) == 60)
    #expect(table.deadline(isConnected: false) == 100)
    #expect(table.next(at: 59) == nil)
    #expect(table.next(at: 60)?.id == 1)
    #expect(table.expired(at: 100) == ["one"])
    #expect(table.isEmpty)
  }
}
