import ChatCore
import Testing

@testable import ChatClient

@Suite struct PublishWindowTests {
  private func window(_ count: Int, inFlight: Int = 2, waiting: Int = 10) -> PublishWindow<String> {
    var window = PublishWindow<String>(inFlightLimit: inFlight, waitingLimit: waiting)
    for id in 1...UInt64(count) {
      window.append(id, ClientFrame.Publish(), deadline: 1000 + id, waiter: "\(id)")
    }
    return window
  }

  private func drain(_ window: inout PublishWindow<String>, at now: UInt64 = 0) -> [UInt64] {
    var ids: [UInt64] = []
    while let (id, _) = window.next(at: now) { ids.append(id) }
    return ids
  }

  @Test func `publishes are sent in order, no more than the limit at once`() {
    var window = window(4)
    #expect(drain(&window) == [1, 2])
    #expect(window.answered(2) == "2")
    #expect(drain(&window) == [3])
    #expect(window.answered(1) == "1")
    #expect(drain(&window) == [4])
  }

  @Test func `an answer counts once`() {
    var window = window(1)
    _ = drain(&window)
    #expect(window.answered(1) == "1")
    #expect(window.answered(1) == nil)
    #expect(window.isEmpty && window.inFlight == 0)
  }

  @Test func `after a lost connection what is not answered is sent again before anything newer`() {
    var window = window(5, inFlight: 3)
    #expect(drain(&window) == [1, 2, 3])
    _ = window.answered(2)
    window.connectionLost()
    #expect(drain(&window) == [1, 3, 4])
    #expect(window.inFlight == 3)
  }

  @Test func `after an unavailable answer nothing is sent until all are answered and the wait is over`() {
    var window = window(4, inFlight: 3)
    #expect(drain(&window) == [1, 2, 3])
    let postponed = [1, 2].map { id in window.postpone(id, by: 100, at: 50) }
    #expect(postponed == [true, true])
    #expect(drain(&window, at: 200).isEmpty)
    _ = window.answered(3)
    #expect(window.deadline(isConnected: true) == 150)
    #expect(drain(&window, at: 149).isEmpty)
    #expect(drain(&window, at: 150) == [1, 2, 4])
  }

  @Test func `the queue has a bound`() {
    var window = PublishWindow<String>(inFlightLimit: 1, waitingLimit: 2)
    for id in 1...3 as ClosedRange<UInt64> {
      #expect(!window.isFull)
      window.append(id, ClientFrame.Publish(), deadline: 1, waiter: "")
      _ = drain(&window)
    }
    #expect(window.isFull)
  }

  @Test func `what is not answered in time is given up, oldest first, with whether it was sent`() {
    var window = window(3, inFlight: 1)
    _ = drain(&window)
    let expired = window.expired(at: 1002)
    #expect(expired.map(\.waiter) == ["1", "2"])
    #expect(expired.map(\.wasSent) == [true, false])
    #expect(drain(&window) == [3])
  }
}
