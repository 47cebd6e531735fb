import NIOCore
import Testing

@testable import ChatServer

@Suite struct RecentLatencyTests {
  private let start = NIODeadline.uptimeNanoseconds(1_000_000_000)

  @Test func `Microseconds are what is recorded`() {
    var recent = RecentLatency(at: start)
    recent.record(.milliseconds(7), at: start)
    #expect(recent.histogram(at: start).maximum == 7_000)
  }

  @Test func `What was recorded is there for 5 seconds at least, and gone after 10 without news`() {
    var recent = RecentLatency(at: start)
    recent.record(.milliseconds(1), at: start + .seconds(4))
    #expect(recent.histogram(at: start + .seconds(4)).count == 1)
    #expect(recent.histogram(at: start + .milliseconds(9_999)).count == 1)
    #expect(recent.histogram(at: start + .seconds(20)).count == 0)
  }

  @Test func `The older half goes while the newer stays`() {
    var recent = RecentLatency(at: start)
    recent.record(.milliseconds(1), at: start + .seconds(1))
    recent.record(.milliseconds(2), at: start + .seconds(6))
    #expect(recent.histogram(at: start + .seconds(7)).count == 2)
    let later = recent.histogram(at: start + .seconds(11))
    #expect(later.count == 1)
    #expect(later.maximum == 2_000)
    #expect(recent.histogram(at: start + .seconds(16)).count == 0)
  }

  @Test func `After a long silence only what is new counts`() {
    var recent = RecentLatency(at: start)
    recent.record(.milliseconds(1), at: start)
    recent.record(.milliseconds(2), at: start + .hours(1))
    #expect(recent.histogram(at: start + .hours(1)).maximum == 2_000)
    #expect(recent.histogram(at: start + .hours(1)).count == 1)
  }
}
