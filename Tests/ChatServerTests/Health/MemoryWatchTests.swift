import Testing

@testable import ChatServer

@Suite struct MemoryWatchTests {
  private func watch(budget: UInt64 = 1_000) -> MemoryWatch {
    var configuration = HealthConfiguration()
    configuration.memoryBytes = budget
    configuration.memoryRefuse = 2_000
    configuration.memoryEnd = 4_000
    return MemoryWatch(configuration)
  }

  @Test func `Over the budget, windows go first, then new sessions, then the process`() {
    var watch = watch()
    #expect(watch.look(bytes: 1_000, after: 1_000) == [])
    #expect(watch.look(bytes: 1_001, after: 1_000) == [.shedWindows])
    #expect(watch.look(bytes: 1_001, after: 1_000) == [.shedWindows])
    #expect(watch.stage == .shedding)
    #expect(watch.look(bytes: 1_001, after: 1_000) == [.shedWindows, .refuseSessions])
    #expect(watch.stage == .refusing)
    #expect(watch.look(bytes: 1_001, after: 1_000) == [.shedWindows])
    #expect(watch.look(bytes: 1_001, after: 1_000) == [.shedWindows, .end])
    #expect(watch.look(bytes: 1_001, after: 1_000) == [])
  }

  @Test func `It heals when memory is a little below the budget again, and begins anew after that`() {
    var watch = watch()
    for _ in 0..<3 { _ = watch.look(bytes: 2_000, after: 1_000) }
    #expect(watch.look(bytes: 960, after: 1_000) == [.shedWindows])
    #expect(watch.look(bytes: 950, after: 1_000) == [.takeSessions])
    #expect(watch.stage == .well)
    #expect(watch.look(bytes: 2_000, after: 1_000) == [.shedWindows])
    #expect(watch.look(bytes: 950, after: 1_000) == [])
  }

  @Test func `Without a budget nothing is too much; a pause is no time over it`() {
    var unbounded = watch(budget: 0)
    #expect(unbounded.look(bytes: .max, after: 1_000) == [])
    var paused = watch()
    _ = paused.look(bytes: 2_000, after: 1_000)
    #expect(paused.look(bytes: 2_000, after: 3_600_000) == [.shedWindows, .refuseSessions])
    #expect(paused.stage == .refusing)
  }
}
