import Testing

@testable import ChatServer

struct HeapGrowthTests {
  @Test func `a heap grows once for each step, however small the messages are`() {
    var heap = HeapGrowth()
    var steps = 0
    for windows in stride(from: 1, to: 10 * HeapGrowth.stepOfWindows, by: 100)
    where heap.isDue(windows: windows) {
      steps += 1
    }
    #expect(steps == 10)
  }

  @Test func `windows that stay as they are need no growth`() {
    var heap = HeapGrowth()
    var steps = 0
    for _ in 0..<1000 where heap.isDue(windows: 1000) { steps += 1 }
    #expect(steps == 1)
  }

  @Test func `a heap grows again after windows were dropped`() {
    var heap = HeapGrowth()
    let windows = 8 * HeapGrowth.stepOfWindows
    let due = [windows, 0, windows].map { heap.isDue(windows: $0) }
    #expect(due == [true, false, true])
  }
}
