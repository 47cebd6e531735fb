import Testing

@testable import ChatCore

@Suite struct RouterMetricsTests {
  @Test func `Each message counts in the latencies, with the time from its tick to the commit and the flush`()
    throws
  {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    _ = try harness.open("bob", following: ["broadcast:b"])
    _ = try harness.open("carol", .json, following: ["broadcast:b"])
    harness.storeTakes = 7
    for text in ["1", "2", "3"] { harness.publish(text, to: "broadcast:b", from: ann) }
    harness.settle()
    harness.pass(milliseconds: 5)
    harness.tick()
    let latencies = harness.router.latencies
    #expect(latencies.durable.count == 3)
    #expect(latencies.durable.maximum == 7_000)
    #expect(latencies.durable.sum == 21_000)
    // However many sessions get them.
    #expect(latencies.socket.count == 3)
    #expect(latencies.socket.maximum == 12_000)
  }

  @Test func `What nobody follows reaches no socket, and what is not stored is not durable`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    harness.publish("x", to: "broadcast:b", from: ann)
    harness.tick()
    #expect(harness.router.latencies.durable.count == 1)
    #expect(harness.router.latencies.socket.count == 0)

    _ = try harness.open("bob", following: ["broadcast:live/x"])
    harness.publish("x", to: "broadcast:live/x", from: ann)
    harness.tick()
    #expect(harness.router.latencies.durable.count == 1)
    #expect(harness.router.latencies.socket.count == 1)
  }

  @Test
  func `A session that gets several conversations in one write counts, and one that takes nothing does not`()
    throws
  {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let bob = try harness.open("bob", following: ["broadcast:a", "broadcast:b"])
    for name in ["broadcast:a", "broadcast:b"] { harness.publish("x", to: name, from: ann) }
    harness.tick()
    #expect(harness.router.latencies.socket.count == 2)

    harness.publish("x", to: "broadcast:a", from: ann)
    harness.settle()
    harness.flush(blocking: bob, after: 0)
    harness.publish("y", to: "broadcast:a", from: ann)
    harness.tick()
    #expect(harness.router.latencies.socket.count == 2)
  }

  @Test func `Sessions are counted by what they speak, and by the code with which they end`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let bob = try harness.open("bob", .json)
    _ = try harness.open("carol", .json)
    #expect(harness.router.sessionCounters.opened == [.stream: 1, .json: 2])
    #expect(harness.disconnect(bob) == 1)
    harness.tick()
    harness.close(bob)
    harness.close(ann)
    #expect(harness.router.sessionCounters.closed == [.disconnected: 1, nil: 1])
  }

  @Test func `Refused publishes are counted by their code, once for each address`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    harness.publish("x", to: "nonsense", from: ann)
    harness.publish("x", to: "group:g", "broadcast:b", "group:h", from: ann)
    harness.publish(String(repeating: "x", count: 65_537), to: "broadcast:b", from: ann)
    harness.tick()
    #expect(
      harness.router.sessionCounters.publishErrors
        == [.invalidArgument: 1, .notMember: 2, .limitExceeded: 1])
    #expect(harness.router.counters.bytesReceived > 65_537)
  }

  @Test func `The largest lag is that of the session furthest behind`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let bob = try harness.open("bob", following: ["broadcast:b"])
    _ = try harness.open("carol", following: ["broadcast:b"])
    #expect(harness.router.gauges(topConversations: 0).largestLag == 0)
    harness.publish("1", to: "broadcast:b", from: ann)
    harness.settle()
    harness.flush(blocking: bob, after: 0)
    for text in ["2", "3", "4"] { harness.publish(text, to: "broadcast:b", from: ann) }
    harness.tick()
    // The first one is kept for bob's socket, and counts as sent.
    #expect(harness.router.gauges(topConversations: 0).largestLag == 3)
    #expect(harness.router.gauges(topConversations: 0).laggingSessions == 1)
    harness.writable(bob)
    harness.tick()
    #expect(harness.router.gauges(topConversations: 0).largestLag == 0)
  }
}
