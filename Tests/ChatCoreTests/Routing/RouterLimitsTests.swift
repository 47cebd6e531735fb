import Testing

@testable import ChatCore

struct RouterLimitsTests {
  private func limits(_ change: (inout Limits) -> Void) -> Limits {
    var limits = Limits()
    change(&limits)
    return limits
  }

  private func errors(_ harness: RouterHarness, _ session: SessionID) throws -> [String] {
    try harness.frames(session).compactMap { if case .error(let error) = $0 { error.message } else { nil } }
  }

  @Test func `what a session was told holds until it ends, and new sessions get the new limits`() throws {
    let harness = RouterHarness()
    let before = try harness.open("ann")
    harness.apply(
      limits {
        $0.bodyBytes = 3
        $0.addressesPerPublish = 1
      })
    harness.publish("four", to: "broadcast:live/a", "broadcast:live/b", from: before)
    harness.tick()
    #expect(try errors(harness, before) == [])

    let after = try harness.open("bob")
    harness.publish("four", to: "broadcast:live/a", from: after)
    harness.tick()
    #expect(try errors(harness, after) == ["Publish.body has 4 bytes: body_bytes is 3"])
    harness.publish("for", to: "broadcast:live/a", "broadcast:live/b", from: after)
    harness.tick()
    #expect(try errors(harness, after) == ["Publish.to has 2 addresses: addresses_per_publish is 1"])
  }

  @Test func `the longest frame is that of the session's beginning`() throws {
    let harness = RouterHarness()
    let before = try harness.open("ann")
    harness.apply(limits { $0.frameBytes = 300 })
    let after = try harness.open("bob")
    let text = String(repeating: "x", count: 400)
    harness.publish(text, to: "broadcast:live/a", from: before)
    harness.publish(text, to: "broadcast:live/a", from: after)
    harness.tick()
    #expect(harness.closes.keys.contains(before) == false)
    #expect(harness.closes[after] == .some(.frameTooLarge))
    #expect(harness.router.limitsHit["frame_bytes"] == 1)
    #expect(try errors(harness, after).map { $0.hasPrefix("frame_bytes is 300, and a frame of ") } == [true])
  }

  @Test func `a shorter idle time ends only sessions that were told`() throws {
    let harness = RouterHarness()
    let before = try harness.open("ann")
    harness.apply(limits { $0.idleTimeout = 5_000 })
    let after = try harness.open("bob")
    for _ in 0..<60 { harness.advance(milliseconds: 100) }
    harness.tick()
    #expect(harness.closes.keys.contains(before) == false)
    #expect(harness.closes[after] == .some(.idleTimeout))
    #expect(try errors(harness, after).last?.hasPrefix("idle_timeout_ms is 5000, and ") == true)
  }

  @Test func `who does not say Connect in time is told which limit that was`() throws {
    let harness = RouterHarness(limits: limits { $0.handshakeTimeout = 1_000 })
    let silent = try harness.accept()
    for _ in 0..<20 { harness.advance(milliseconds: 100) }
    harness.tick()
    #expect(harness.closes[silent] == .some(.handshakeTimeout))
    #expect(try errors(harness, silent).map { $0.hasPrefix("handshake_timeout_ms is 1000, and ") } == [true])
  }

  @Test func `limits that nobody is told hold at once, for the service too`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    harness.apply(
      limits {
        $0.conversationsPerSession = 2
        $0.bodyBytes = 3
        $0.sessionsPerLoop = 1
      })
    harness.receive(.subscribe(.init(conversation: "broadcast:a")), from: ann)
    harness.receive(.subscribe(.init(conversation: "broadcast:b")), from: ann)
    harness.tick()
    #expect(try errors(harness, ann).map { $0.prefix(30) } == ["conversations_per_session is 2"])
    #expect(harness.router.limitsHit["conversations_per_session"] == 1)
    #expect(throws: ChatError.self) { try harness.open("bob") }
    var publish = ClientFrame.Publish()
    publish.to = ["broadcast:live/a"]
    publish.body = Payload(Array("four".utf8))
    try harness.serve(1, .publish(publish), for: "ann")
    guard case .error(let error)? = harness.answers[1] else {
      Issue.record("\(String(describing: harness.answers[1]))")
      return
    }
    #expect(error.limit == "body_bytes")
  }

  @Test func `less memory for decoding refuses frames that need more`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    harness.apply(limits { $0.decodingBytes = 200 })
    // To one address it is read where it lies.
    harness.publish(String(repeating: "x", count: 4_000), to: "broadcast:live/a", from: ann)
    #expect(harness.router.limitsHit["decoding_bytes"] == nil)
    harness.publish(
      String(repeating: "x", count: 4_000), to: "broadcast:live/a", "broadcast:live/b", from: ann)
    harness.tick()
    #expect(harness.router.limitsHit["decoding_bytes"] == 1)
    #expect(try errors(harness, ann).last?.hasPrefix("decoding_bytes is 200, and ") == true)
  }
}
