import Testing

@testable import ChatCore

@Suite struct RouterMembershipTests {
  private static let group = "group:g"

  private func counts(_ harness: RouterHarness, _ session: SessionID) throws -> [UInt32] {
    try harness.frames(session).compactMap {
      if case .event(.members(Self.group, let count)) = $0 { count } else { nil }
    }
  }

  /// Those who are members already, each with a session that has got all there is.
  private func members(_ harness: RouterHarness, _ users: String...) throws -> [SessionID] {
    let sessions = try users.map { try harness.open($0) }
    for session in sessions {
      harness.receive(.join(conversation: Self.group), from: session)
      for _ in 1...4 { harness.tick() }
    }
    return sessions
  }

  private func pass(_ harness: RouterHarness) {
    harness.settle()
    harness.flush()
  }

  @Test("Members hear how many they are when somebody joins or leaves, also through the service")
  func told() throws {
    let harness = RouterHarness()
    let sessions = try members(harness, "ann", "bob")
    let eve = try harness.open("eve")
    harness.receive(.join(conversation: Self.group), from: eve)
    pass(harness)
    #expect(try sessions.map { try counts(harness, $0) } == [[3], [3]])
    for _ in 1...4 { harness.tick() }
    harness.receive(.leave(conversation: Self.group), from: sessions[1])
    pass(harness)
    #expect(try [sessions[0], eve].map { try counts(harness, $0) } == [[2], [2]])
    #expect(try counts(harness, sessions[1]).isEmpty)
    harness.router.serve(
      Router.ServiceRequest(number: 1, body: .join(conversation: Self.group), user: try UserID("tom")),
      at: Moment(uptime: 2_000, unixTime: 2_000))
    pass(harness)
    #expect(try counts(harness, sessions[0]) == [3])
  }

  @Test("Joining again changes nothing, and is not told")
  func again() throws {
    let harness = RouterHarness()
    let sessions = try members(harness, "ann", "bob")
    harness.receive(.join(conversation: Self.group), from: sessions[1])
    pass(harness)
    #expect(try counts(harness, sessions[0]).isEmpty)
  }

  @Test("In groups larger than event_members nobody is told, because that would cost too much")
  func bounded() throws {
    var limits = Limits()
    limits.eventMembers = 2
    let harness = RouterHarness(limits: limits)
    let sessions = try members(harness, "ann", "bob")
    let eve = try harness.open("eve")
    harness.receive(.join(conversation: Self.group), from: eve)
    pass(harness)
    #expect(try counts(harness, sessions[0]).isEmpty)
    for _ in 1...4 { harness.tick() }
    harness.receive(.leave(conversation: Self.group), from: eve)
    pass(harness)
    #expect(try counts(harness, sessions[0]) == [2])
  }
}
