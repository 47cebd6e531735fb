import Testing

@testable import ChatCore

@Suite struct RouterDrainTests {
  private func waits(_ harness: RouterHarness, _ sessions: [SessionID]) throws -> [UInt64] {
    try sessions.flatMap { session in
      try harness.frames(session).compactMap {
        if case .goAway(let goAway) = $0 { goAway.reconnectAfter } else { nil }
      }
    }
  }

  @Test func `Each session is told another time within the spread, in a slot of its own`() throws {
    let harness = RouterHarness()
    let sessions = try (0..<50).map { try harness.open("user\($0)") }
    harness.drain(spread: 10_000)
    harness.flush()
    let waits = try waits(harness, sessions)
    #expect(waits.count == 50)
    for (slot, wait) in waits.enumerated() { #expect(wait / 200 == UInt64(slot), "\(waits)") }
    #expect(Set(waits.map { $0 % 200 }).count > 10, "within their slots they stand by chance: \(waits)")
  }

  @Test(arguments: [0, 1, 7])
  func `With more sessions than milliseconds, and without a spread, nobody waits longer than that`(
    spread: UInt64
  ) {
    for slot in UInt64(0)..<100 {
      let wait = Router.wait(slot: slot, of: 100, within: spread, jitter: .max)
      #expect(wait == 0 || wait < spread)
    }
  }

  @Test func `Marks that come while it drains are stored at once`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let bob = try harness.open("bob")
    harness.publish("1", to: "user:bob", from: ann)
    for _ in 1...4 { harness.tick() }
    harness.drain(spread: 0)
    harness.tick()
    harness.receive(.acknowledge([Position(conversation: "user:ann", sequence: 1)]), from: bob)
    harness.settle()
    #expect(!harness.isQuiet)
    harness.advance(milliseconds: 100)
    harness.tick()
    #expect(harness.isQuiet)
  }

  @Test func `A session that reads nothing is cut, however long it may take`() throws {
    var limits = Limits()
    limits.handshakeTimeout = 300_000
    let harness = RouterHarness(limits: limits)
    let ann = try harness.open("ann")
    harness.receive(.ping, from: ann)
    harness.settle()
    harness.flush(blocking: ann, after: 0)
    #expect(harness.disconnect(ann) == 1)
    for _ in 0..<3_100 {
      harness.advance(milliseconds: 100)
      harness.turn()
    }
    harness.settle()
    #expect(harness.closes[ann] != nil)
  }

  @Test func `A session whose publish waits for its commit closes when it has the answer`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let bob = try harness.open("bob")
    harness.holdsWrites = true
    harness.publish("last words", to: "broadcast:b", from: ann)
    harness.settle()
    #expect(!harness.isQuiet)
    harness.drain(spread: 0)
    harness.tick()
    harness.closeAll()
    harness.tick()
    #expect(harness.closes[bob] == .some(.draining))
    #expect(harness.closes[ann] == nil)
    #expect(harness.paused == [ann])

    // Not taken, so it is repeated elsewhere.
    harness.publish("too late", to: "broadcast:b", from: ann)
    harness.commitHeld()
    harness.settle()
    harness.flush()
    let frames = try harness.frames(ann)
    harness.settle()
    #expect(frames.count { if case .published = $0 { true } else { false } } == 1)
    #expect(harness.closes[ann] == .some(.draining))
    #expect(harness.router.counters.messagesPublished == 1)
    for session in [ann, bob] { harness.close(session) }
    #expect(harness.isQuiet && harness.router.sessionCount == 0)
  }

  @Test func `A session that reads what it publishes itself ends when that has its place`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann", following: ["broadcast:live/x"])
    let bob = try harness.open("bob", following: ["broadcast:live/x"])
    harness.publish("last words", to: "broadcast:live/x", from: ann)
    harness.closeAll()
    harness.tick()
    #expect(harness.closes[ann] == .some(.draining) && harness.closes[bob] == .some(.draining))
    #expect(harness.router.counters.messagesPublished == 1)
    for session in [ann, bob] { harness.close(session) }
    #expect(harness.isQuiet && harness.router.sessionCount == 0)
  }

  @Test func `A loop is not quiet while what was published on it is with another loop`() throws {
    let harness = RouterHarness(loops: 2)
    var publish = ClientFrame.Publish()
    publish.body = Payload([1])
    // One of them is owned by the other loop.
    publish.to = (0..<20).map { "broadcast:b\($0)" }
    try harness.serve(1, .publish(publish), for: "robot")
    #expect(harness.answers[1] == nil)
    #expect(!harness.isQuiet)
  }
}
