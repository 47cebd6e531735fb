import Testing

@testable import ChatCore

@Suite struct RouterTraceTests {
  private static let traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  private func publish(to conversation: String, traceparent: String) -> ClientFrame.Publish {
    var publish = ClientFrame.Publish()
    publish.to = [conversation]
    publish.body = Payload([1])
    publish.traceparent = traceparent
    return publish
  }

  private func names(_ points: [TracePoint]) -> [String] {
    points.map { point in
      switch point {
      case .published: "published"
      case .flushed: "flushed"
      }
    }
  }

  @Test func `a traced publish is told when it is in the windows, and when it was handed to sockets`() throws
  {
    let harness = RouterHarness(sampler: TraceSampler(ratio: 0, seed: 1))
    let alice = try harness.open("alice", following: ["broadcast:news"])
    _ = try harness.open("bob", following: ["broadcast:news"])
    harness.receive(.publish(publish(to: "broadcast:news", traceparent: Self.traceparent)), from: alice)
    harness.tick()
    try #require(names(harness.traces) == ["published", "flushed"])
    guard case .published(let traces, let outcome) = harness.traces[0],
      case .flushed(let flushed, let since, 0, let sessions) = harness.traces[1]
    else { return }
    #expect(traces.count == 1 && flushed == traces)
    #expect(traces[0].parent == TraceContext(Self.traceparent))
    #expect(
      outcome.conversation.name == "broadcast:news" && outcome.messages == 1 && outcome.lastSequence == 1)
    #expect(outcome.failure == nil)
    let submitted = try #require(outcome.submittedAt)
    #expect(traces[0].receivedAt <= submitted && submitted <= outcome.decidedAt && outcome.decidedAt <= since)
    #expect(sessions == 2)
  }

  @Test func `what is not stored has no time at the store`() throws {
    let harness = RouterHarness(sampler: TraceSampler(ratio: 0, seed: 1))
    let alice = try harness.open("alice")
    harness.receive(.publish(publish(to: "broadcast:live/x", traceparent: Self.traceparent)), from: alice)
    harness.tick()
    // Nobody follows, so nothing is flushed.
    try #require(names(harness.traces) == ["published"])
    guard case .published(_, let outcome) = harness.traces[0] else { return }
    #expect(outcome.submittedAt == nil && outcome.lastSequence == 1)
  }

  @Test func `what is not sampled, or not traced at all, leaves nothing`() throws {
    for sampler in [TraceSampler(ratio: 0, seed: 1), .off] {
      let harness = RouterHarness(sampler: sampler)
      let alice = try harness.open("alice", following: ["broadcast:news"])
      let context = sampler.isOn ? String(Self.traceparent.dropLast()) + "0" : Self.traceparent
      harness.receive(.publish(publish(to: "broadcast:news", traceparent: context)), from: alice)
      harness.receive(.publish(publish(to: "broadcast:news", traceparent: "")), from: alice)
      harness.tick()
      #expect(harness.traces.isEmpty)
    }
  }

  @Test func `a batch has a bounded number of traces, and all its messages`() throws {
    let harness = RouterHarness(sampler: TraceSampler(ratio: 1, seed: 1))
    let alice = try harness.open("alice")
    let count = TraceSampler.mostPerBatch + 10
    for _ in 0..<count {
      harness.receive(.publish(publish(to: "broadcast:news", traceparent: "")), from: alice)
    }
    harness.tick()
    try #require(names(harness.traces) == ["published"])
    guard case .published(let traces, let outcome) = harness.traces[0] else { return }
    #expect(traces.count == TraceSampler.mostPerBatch)
    #expect(outcome.messages == count)
  }
}
