import Testing

@testable import benchmarks

@Suite struct CreditWindowTests {
  @Test("in whatever order deliveries come, no publisher has more in flight than allowed", arguments: 1...20)
  func neverExceeds(seed: Int) {
    var random = SeededRandom(seed: UInt64(seed))
    let topics = Int.random(in: 1...8, using: &random)
    let publishers = Int.random(in: 1...topics, using: &random)
    let inFlight = Int.random(in: 1...9, using: &random)
    var window = CreditWindow(topics: topics, publishers: publishers, inFlight: inFlight)
    let readers = (0..<topics).map { _ in Int.random(in: 1...4, using: &random) }
    for topic in 0..<topics { for _ in 0..<readers[topic] { window.addReader(topic: topic) } }
    var published = [UInt64](repeating: 0, count: topics)
    // What each reader has: they read in order, but at their own pace.
    var expected = readers.map { [UInt64](repeating: 0, count: $0) }
    var most = 0
    func unfinished(_ publisher: Int) -> Int {
      stride(from: publisher, to: topics, by: publishers).reduce(0) {
        $0 + Int(published[$1] - (expected[$1].min() ?? 0))
      }
    }
    for _ in 0..<5_000 {
      let topic = Int.random(in: 0..<topics, using: &random)
      let publisher = topic % publishers
      if Bool.random(using: &random), window.credit(publisher: publisher) > 0 {
        window.sent(publisher: publisher, topic: topic, index: published[topic])
        published[topic] += 1
      } else {
        let reader = Int.random(in: 0..<readers[topic], using: &random)
        guard expected[topic][reader] < published[topic] else { continue }
        window.delivered(topic: Int32(topic), index: expected[topic][reader])
        expected[topic][reader] += 1
      }
      #expect(window.inFlight(publisher: publisher) == unfinished(publisher))
      most = max(most, unfinished(publisher))
    }
    #expect(most == inFlight)
  }

  @Test func `credit that came back is told once`() {
    var window = CreditWindow(topics: 4, publishers: 2, inFlight: 4)
    for topic in 0..<4 {
      window.addReader(topic: topic)
      window.sent(publisher: topic % 2, topic: topic, index: 0)
    }
    #expect(window.takeReturned() == nil)
    for topic in [Int32(1), 3, 0] { window.delivered(topic: topic, index: 0) }
    #expect(Set([window.takeReturned(), window.takeReturned()]) == [0, 1])
    #expect(window.takeReturned() == nil)
    #expect(window.credit(publisher: 0) == 3)
    #expect(window.credit(publisher: 1) == 4)
  }

  @Test func `a message that waits for its acknowledgement keeps its place`() {
    let sends = SendTimes(publishers: 2, inFlight: 2)
    sends.put(publisher: 1, serial: 0, time: 10)
    sends.put(publisher: 1, serial: 1, time: 11)
    #expect(sends.take(publisher: 1, serial: 1) == 11)
    #expect(sends.take(publisher: 1, serial: 1) == nil)
    #expect(sends.hasRoom(publisher: 1, serial: 3))
    #expect(!sends.hasRoom(publisher: 1, serial: 2))
    #expect(sends.hasRoom(publisher: 0, serial: 0))
  }
}
