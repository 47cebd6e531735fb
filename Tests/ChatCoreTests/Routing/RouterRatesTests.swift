import Testing

@testable import ChatCore

@Suite struct RouterRatesTests {
  private func harness(perSession: UInt64 = 0, perUser: UInt64 = 0, loops: Int = 1, users: Int = 100)
    -> RouterHarness
  {
    var limits = Limits()
    limits.publishesPerSecondPerSession = perSession
    limits.publishesPerSecondPerUser = perUser
    limits.ratedUsersPerLoop = users
    return RouterHarness(loops: loops, limits: limits)
  }

  /// Publishes so often, and says what is refused.
  private func publish(_ count: Int, from session: SessionID, _ harness: RouterHarness) throws -> [ChatError]
  {
    for _ in 0..<count { harness.publish("x", to: "broadcast:live/a", from: session) }
    harness.tick()
    return try harness.frames(session).compactMap { if case .error(let error) = $0 { error } else { nil } }
  }

  @Test func `without a rate nothing is refused`() throws {
    let harness = harness()
    let session = try harness.open("ann")
    #expect(try publish(1_000, from: session, harness).isEmpty)
  }

  @Test func `a session that publishes too fast is told which limit, and when to try again`() throws {
    let harness = harness(perSession: 10)
    let session = try harness.open("ann")
    let refused = try publish(12, from: session, harness)
    #expect(refused.map(\.code) == [.limitExceeded, .limitExceeded])
    #expect(refused.first?.message.contains("publishes_per_second_per_session is 10") == true)
    #expect(refused.first?.retryAfter == 100)
    #expect(harness.router.limitsHit["publishes_per_second_per_session"] == 2)
    harness.pass(milliseconds: 100)
    #expect(try publish(2, from: session, harness).count == 1)
    // Another session has a rate of its own.
    #expect(try publish(10, from: try harness.open("ann"), harness).isEmpty)
  }

  @Test func `all sessions of a user share one rate`() throws {
    let harness = harness(perUser: 10)
    let (phone, laptop, other) = (try harness.open("ann"), try harness.open("ann"), try harness.open("bob"))
    #expect(try publish(6, from: phone, harness).isEmpty)
    let refused = try publish(6, from: laptop, harness)
    #expect(refused.count == 2)
    #expect(refused.first?.message.contains("publishes_per_second_per_user is 10") == true)
    #expect(harness.router.limitsHit["publishes_per_second_per_user"] == 2)
    #expect(try publish(10, from: other, harness).isEmpty)
    harness.close(phone)
    // Connecting again brings nothing.
    #expect(try publish(1, from: try harness.open("ann"), harness).count == 1)
  }

  @Test func `what is published on other loops counts, as soon as it is told`() throws {
    let harness = harness(perUser: 10, loops: 2)
    let ann = try harness.open("ann")
    for _ in 0..<4 { harness.publish("x", to: "broadcast:live/a", from: ann) }
    let spent = harness.settle().compactMap { if case .spent(let counts) = $0 { counts } else { nil } }
    #expect(spent == [[try UserID("ann"): 4]])
    harness.deliver([.spent([try UserID("ann"): 5, try UserID("bob"): 1])])
    #expect(try publish(2, from: ann, harness).count == 1)
  }

  @Test func `each address counts, and more than fit ever are refused for good`() throws {
    let harness = harness(perSession: 3)
    let session = try harness.open("ann")
    var publish = ClientFrame.Publish()
    publish.to = ["broadcast:live/a", "broadcast:live/b", "broadcast:live/c", "broadcast:live/d"]
    harness.receive(.publish(publish), from: session)
    publish.to.removeLast()
    harness.receive(.publish(publish), from: session)
    harness.receive(.publish(publish), from: session)
    harness.tick()
    let frames = try harness.frames(session)
    let errors = frames.compactMap { if case .error(let error) = $0 { error } else { nil } }
    #expect(errors.map(\.retryAfter) == [0, 1_000])
    #expect(frames.contains { if case .published(let receipts) = $0 { receipts.count == 3 } else { false } })
  }

  @Test func `the users that are kept in mind are bounded, and forgotten after a while`() throws {
    let harness = harness(perUser: 10, users: 2)
    #expect(try publish(1, from: try harness.open("a"), harness).isEmpty)
    #expect(try publish(1, from: try harness.open("b"), harness).isEmpty)
    let late = try harness.open("c")
    let refused = try publish(1, from: late, harness)
    #expect(refused.first?.message.contains("rated_users_per_loop is 2") == true)
    #expect((refused.first?.retryAfter ?? 0) > 0)
    harness.advance(milliseconds: 1_000)
    #expect(harness.router.userRates.isEmpty)
    #expect(try publish(1, from: late, harness).isEmpty)
  }

  @Test func `the service has no rate`() throws {
    let harness = harness(perSession: 1, perUser: 1)
    for number in 1...5 {
      var publish = ClientFrame.Publish()
      publish.to = ["broadcast:live/a"]
      try harness.serve(UInt64(number), .publish(publish), for: "ann")
    }
    #expect(harness.answers.values.allSatisfy { if case .published = $0 { true } else { false } })
  }
}
