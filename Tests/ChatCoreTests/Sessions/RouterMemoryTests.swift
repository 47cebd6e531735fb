import Testing

@testable import ChatCore

@Suite struct RouterMemoryTests {
  private func windowBytes(_ harness: RouterHarness) -> Int {
    harness.router.gauges(topConversations: 0).windowBytes
  }

  @Test func `Windows that are given back lose nothing: who is behind reads the store`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let bob = try harness.open("bob", following: ["broadcast:b"])
    harness.publish("1", to: "broadcast:b", from: ann)
    harness.settle()
    harness.flush(blocking: bob, after: 0)
    for text in ["2", "3"] {
      harness.publish(text, to: "broadcast:b", from: ann)
      harness.tick()
    }
    #expect(windowBytes(harness) > 0)
    harness.shedWindows()
    #expect(windowBytes(harness) == 0)
    harness.writable(bob)
    // The page is asked for, and comes.
    harness.tick()
    harness.flush()
    #expect(try harness.messages(bob) == [2, 3])
    #expect(harness.router.counters.pagesRead > 0)
    harness.publish("4", to: "broadcast:b", from: ann)
    harness.settle()
    harness.flush()
    #expect(try harness.messages(bob) == [4])
  }

  @Test func `What is not stored keeps its newest segment, and what is not flushed yet stays`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let bob = try harness.open("bob", following: ["broadcast:live/x", "broadcast:b"])
    for text in ["1", "2"] {
      harness.publish(text, to: "broadcast:live/x", from: ann)
      harness.tick()
    }
    let before = windowBytes(harness)
    harness.shedWindows()
    #expect(windowBytes(harness) > 0 && windowBytes(harness) < before)
    harness.publish("new", to: "broadcast:b", from: ann)
    harness.settle()
    harness.shedWindows()
    harness.flush()
    #expect(try harness.messages(bob) == [1])
    #expect(harness.router.counters.pagesRead == 0)
  }

  @Test func `Short of memory, new sessions are refused with a reason and those that are there go on`() throws
  {
    let harness = RouterHarness()
    let ann = try harness.open("ann", following: ["broadcast:b"])
    harness.setShortOfMemory(true)
    let refusal = #expect(throws: ChatError.self) { try harness.open("bob") }
    #expect(refusal?.code == .unavailable)
    #expect((refusal?.retryAfter ?? 0) > 0)
    #expect(harness.router.limitsHit["memory_bytes"] == 1)
    harness.publish("x", to: "broadcast:b", from: ann)
    harness.settle()
    harness.flush()
    #expect(try harness.messages(ann) == [1])
    harness.setShortOfMemory(false)
    _ = try harness.open("bob")
  }
}
