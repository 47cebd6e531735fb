import Testing

@testable import ChatServer

@Suite struct LoopWatchTests {
  @Test func `A loop that does not beat is found once, and so is its return`() {
    var watch = LoopWatch(loops: 2, limit: 300, end: 0)
    var events: [LoopWatch.Event] = []
    for beat in UInt64(1)...10 { events += watch.look(beats: [beat, 1], after: 100) }
    #expect(events == [.wedged(loop: 1, silentFor: 300)])
    #expect(watch.look(beats: [11, 2], after: 100) == [.answersAgain(loop: 1, silentFor: 900)])
    #expect(watch.look(beats: [12, 3], after: 100) == [])
  }

  @Test func `One that stays silent makes the process end, said once`() {
    var watch = LoopWatch(loops: 1, limit: 200, end: 500)
    var events: [LoopWatch.Event] = []
    for _ in 0..<20 { events += watch.look(beats: [0], after: 100) }
    #expect(events == [.wedged(loop: 0, silentFor: 200), .mustEnd(loop: 0, silentFor: 500)])
  }

  @Test func `A pause of the whole process is nobody's fault`() {
    var watch = LoopWatch(loops: 1, limit: 2_000, end: 15_000)
    #expect(watch.look(beats: [1], after: 100) == [])
    #expect(watch.look(beats: [1], after: 3_600_000) == [])
    #expect(watch.look(beats: [2], after: 100) == [])
  }
}
