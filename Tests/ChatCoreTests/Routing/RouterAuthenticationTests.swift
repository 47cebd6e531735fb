import Testing

@testable import ChatCore

@Suite struct RouterAuthenticationTests {
  private let alice: UserID

  init() throws { alice = try UserID("alice") }

  private func connect(
    user: String = "", token: String = "token", resume: [Position] = []
  ) -> ClientFrame.Connect {
    var connect = ClientFrame.Connect()
    connect.user = user
    connect.token = token
    connect.resume = resume
    return connect
  }

  private func grants(_ rules: (String, Grants.Rights)...) throws -> Grants {
    var made: [Grants.Rule] = []
    for (pattern, rights) in rules { made.append(try Grants.Rule(pattern, rights)) }
    return try Grants(made)
  }

  private func errors(_ harness: RouterHarness, _ session: SessionID) throws -> [ChatError] {
    try harness.frames(session).compactMap { if case .error(let error) = $0 { error } else { nil } }
  }

  /// What a request is answered with.
  private func answer(
    _ body: ClientFrame.Body, from session: SessionID, _ harness: RouterHarness
  ) throws -> ServerFrame.Body? {
    harness.receive(body, from: session)
    harness.tick()
    return try harness.frames(session).first {
      switch $0 {
      case .event, .message, .gap: false
      default: true
      }
    }
  }

  private func refusal(
    _ body: ClientFrame.Body, from session: SessionID, _ harness: RouterHarness
  ) throws -> ErrorCode? {
    if case .error(let error)? = try answer(body, from: session, harness) { error.code } else { nil }
  }

  private func publish(to address: String) -> ClientFrame.Body {
    var publish = ClientFrame.Publish()
    publish.to = [address]
    return .publish(publish)
  }

  // MARK: Connecting

  @Test func `the session's user is the token's`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.open(connect(), as: Identity(user: alice))
    #expect(harness.router.sessionState(session)?.user == alice)
    let connected = try harness.frames(session).contains {
      if case .connected(let connected) = $0 { connected.user == "alice" } else { false }
    }
    #expect(connected)
  }

  @Test func `nothing but the answer to Connect comes before the token was looked at`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.accept()
    harness.receive(.connect(connect()), from: session)
    harness.tick()
    #expect(harness.tokens.map(\.token) == ["token"])
    #expect(try refusal(publish(to: "group:a"), from: session, harness) == .outOfOrder)
    #expect(harness.router.sessionState(session) == nil)
  }

  @Test func `without a token nobody gets in`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.accept()
    #expect(
      try refusal(.connect(connect(user: "alice", token: "")), from: session, harness) == .unauthenticated)
    #expect(harness.closes[session] == .unauthenticated)
    #expect(harness.router.authenticationFailures == [.missing: 1])
  }

  @Test func `a token beyond the limit is not even looked at`() throws {
    var limits = Limits()
    limits.tokenBytes = 100
    let harness = RouterHarness(limits: limits, wantsTokens: true)
    let session = try harness.accept()
    let body = ClientFrame.Body.connect(connect(token: String(repeating: "x", count: 101)))
    #expect(try refusal(body, from: session, harness) == .unauthenticated)
    #expect(harness.tokens.isEmpty)
    #expect(harness.router.limitsHit["token_bytes"] == 1)
    #expect(harness.router.authenticationFailures == [.tooLarge: 1])
  }

  @Test func `a token that is refused ends the session, and is counted by its reason`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.accept()
    harness.receive(.connect(connect()), from: session)
    harness.tick()
    harness.answerToken(.failure(AuthenticationFailure(.signature, "the signature is wrong")))
    #expect(try errors(harness, session).map(\.message) == ["the signature is wrong"])
    #expect(harness.closes[session] == .unauthenticated)
    #expect(harness.router.authenticationFailures == [.signature: 1])
  }

  @Test func `a user that the token does not say is refused`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.open(connect(user: "bob"), as: Identity(user: alice))
    let error = try #require(try errors(harness, session).first)
    #expect(error.code == .permissionDenied)
    #expect(error.message.contains("\"bob\"") && error.message.contains("\"alice\""))
    #expect(harness.router.authenticationFailures == [.otherUser: 1])
  }

  @Test func `a verdict for a session that is gone does nothing`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.accept()
    harness.receive(.connect(connect()), from: session)
    harness.tick()
    harness.close(session)
    harness.answerToken(.success(Identity(user: alice)))
    #expect(harness.router.sessionCount == 0)
    #expect(harness.router.userIDs.isEmpty)
  }

  @Test func `tokens that are looked at are bounded`() throws {
    var limits = Limits()
    limits.authenticationsInFlight = 1
    let harness = RouterHarness(limits: limits, wantsTokens: true)
    harness.receive(.connect(connect()), from: try harness.accept())
    let second = try harness.accept()
    #expect(try refusal(.connect(connect()), from: second, harness) == .unavailable)
    #expect(harness.router.limitsHit["authentications_in_flight"] == 1)
  }

  @Test func `without authentication a token is neither looked at nor missed`() throws {
    let harness = RouterHarness()
    let session = try harness.accept()
    harness.receive(.connect(connect(user: "bob")), from: session)
    harness.tick()
    #expect(harness.tokens.isEmpty)
    #expect(harness.router.sessionState(session)?.user.name == "bob")
    #expect(try answer(.refresh(token: "anything"), from: session, harness) == .done)
  }

  // MARK: Grants

  @Test func `each request needs its right`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let identity = Identity(
      user: alice,
      grants: try grants(
        ("broadcast:write", .publish), ("broadcast:follow", .subscribe), ("broadcast:old", .history),
        ("group:all", [.publish, .subscribe, .history])))
    let session = try harness.open(connect(), as: identity)
    for (name, right) in [
      ("write", Grants.Rights.publish), ("follow", .subscribe), ("old", .history), ("none", []),
    ] {
      let name = "broadcast:\(name)"
      let requests: [(ClientFrame.Body, Grants.Rights)] = [
        (publish(to: name), .publish), (.subscribe(.init(conversation: name)), .subscribe),
        (.history(.init(conversation: name)), .history),
      ]
      for (request, needed) in requests {
        let code = try refusal(request, from: session, harness)
        #expect(code == (needed == right ? nil : .permissionDenied), "\(request) with \(right)")
      }
    }
    #expect(try refusal(.join(conversation: "group:other"), from: session, harness) == .permissionDenied)
    #expect(try refusal(publish(to: "user:bob"), from: session, harness) == .permissionDenied)
    #expect(try refusal(.typing(conversation: "user:bob"), from: session, harness) == .permissionDenied)
    #expect(try refusal(.join(conversation: "group:all"), from: session, harness) == nil)
    #expect(try refusal(publish(to: "group:all"), from: session, harness) == nil)
  }

  @Test func `a session follows only what is granted, and may still write where it belongs`() throws {
    let harness = RouterHarness(wantsTokens: true)
    try harness.serve(1, .join(conversation: "group:a"), for: "alice")
    try harness.serve(2, .join(conversation: "group:b"), for: "alice")
    let identity = Identity(
      user: alice, grants: try grants(("group:a", [.subscribe, .publish]), ("group:b", .publish)))
    let session = try harness.open(connect(), as: identity)
    let connected = try harness.frames(session).compactMap {
      if case .connected(let connected) = $0 { connected.conversations.map(\.conversation) } else { nil }
    }
    #expect(connected == [["group:a"]])
    // Nor broadcast:everyone.
    #expect(harness.router.sessionState(session)?.conversations == 1)
    #expect(try refusal(publish(to: "group:b"), from: session, harness) == nil)
    try harness.serve(3, publish(to: "group:b"), for: "bob")
    #expect(try harness.messages(session).isEmpty)
    // What it comes to belong to later is no different.
    try harness.serve(4, .join(conversation: "group:c"), for: "alice")
    try harness.serve(5, publish(to: "user:alice"), for: "bob")
    #expect(harness.router.sessionState(session)?.conversations == 1)
    try harness.serve(6, .leave(conversation: "group:b"), for: "alice")
    #expect(try refusal(publish(to: "group:b"), from: session, harness) == .notMember)
  }

  @Test func `broadcasts of a resume that are not granted are told, and the others followed`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let resume = ["broadcast:a", "broadcast:b", "broadcast:c"].map { Position(conversation: $0) }
    let identity = Identity(user: alice, grants: try grants(("broadcast:b", [.subscribe, .history])))
    let session = try harness.open(connect(resume: resume), as: identity)
    let error = try #require(try errors(harness, session).first)
    #expect(error.code == .permissionDenied)
    #expect(error.message.contains("broadcast:a and 1 more"))
    #expect(harness.router.sessionState(session)?.conversations == 1)
  }

  @Test func `without history a session gets what is new to its user, and is told of the rest`() throws {
    let harness = RouterHarness(wantsTokens: true)
    for number in 1...3 { try harness.serve(UInt64(number), publish(to: "broadcast:news"), for: "bob") }
    let identity = Identity(user: alice, grants: try grants(("*", [.subscribe, .publish])))
    let session = try harness.open(connect(), as: identity)
    let start = Position(conversation: "broadcast:news")
    harness.receive(.subscribe(.init(conversation: "broadcast:news", after: start)), from: session)
    harness.tick()
    let gaps = try harness.frames(session).compactMap { if case .gap(let gap) = $0 { gap } else { nil } }
    #expect(gaps.map { [$0.from, $0.to] } == [[1, 3]])
    #expect(gaps.map(\.reason) == [.notGranted])
    try harness.serve(4, publish(to: "broadcast:news"), for: "bob")
    #expect(try harness.messages(session) == [4])
    // What it was sent once it may be sent again, and no more.
    harness.receive(.subscribe(.init(conversation: "broadcast:news", after: start)), from: session)
    harness.tick()
    #expect(try harness.messages(session) == [4])
  }

  @Test func `without history a user gets what no device of theirs has received`() throws {
    let harness = RouterHarness(wantsTokens: true)
    try harness.serve(1, .join(conversation: "group:a"), for: "alice")
    for number in 2...4 { try harness.serve(UInt64(number), publish(to: "group:a"), for: "bob") }
    let identity = Identity(user: alice, grants: try grants(("group:*", .subscribe)))
    let session = try harness.open(connect(resume: [Position(conversation: "group:a")]), as: identity)
    // From the store, which answers within the next tick.
    harness.tick()
    #expect(try harness.messages(session) == [1, 2, 3])
  }

  // MARK: Expiry

  private func expiring(in milliseconds: Int64, _ harness: RouterHarness, _ grants: Grants = .everything)
    -> Identity
  {
    Identity(user: alice, grants: grants, expiresAt: harness.unixTime + milliseconds)
  }

  private func warnings(_ harness: RouterHarness, _ session: SessionID) throws -> [UInt64] {
    try harness.frames(session).compactMap {
      if case .event(.tokenExpiring(let expiresIn)) = $0 { expiresIn } else { nil }
    }
  }

  /// Time passes as a driver lets it; says what the session is warned of meanwhile.
  private func pass(seconds: Int, _ harness: RouterHarness, _ session: SessionID) throws -> [UInt64] {
    var told: [UInt64] = []
    for _ in 0..<(seconds * 10) {
      harness.advance(milliseconds: 100)
      harness.receive(.ping, from: session)
      harness.tick()
      told += try warnings(harness, session)
    }
    return told
  }

  @Test func `a session is warned once, and ended when its token expires`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.open(connect(), as: expiring(in: 300_000, harness))
    #expect(try pass(seconds: 239, harness, session).isEmpty)
    let warned = try pass(seconds: 2, harness, session)
    #expect(warned.count == 1 && (59_000...60_000).contains(warned.first ?? 0))
    #expect(try pass(seconds: 58, harness, session).isEmpty)
    #expect(harness.closes[session] == nil)
    _ = try pass(seconds: 2, harness, session)
    #expect(harness.closes[session] == .unauthenticated)
  }

  @Test func `of a token that lasts shorter the warning comes at half of its time`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.open(connect(), as: expiring(in: 10_000, harness))
    #expect(try warnings(harness, session).isEmpty)
    #expect(try pass(seconds: 4, harness, session).isEmpty)
    #expect(try pass(seconds: 2, harness, session).count == 1)
    _ = try pass(seconds: 5, harness, session)
    #expect(harness.closes[session] == .unauthenticated)
  }

  @Test(arguments: [UInt64(0), 50, 250, 5_000])
  func `a session is warned and ended also if the verdict on its token comes in a late tick`(late: UInt64)
    throws
  {
    let harness = RouterHarness(wantsTokens: true)
    harness.pass(milliseconds: late)
    let session = try harness.open(connect(), as: expiring(in: 300_000, harness))
    #expect(try pass(seconds: 302, harness, session).count == 1)
    #expect(harness.closes[session] == .unauthenticated)
  }

  @Test func `a token that has expired on its way is refused`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.open(connect(), as: expiring(in: 0, harness))
    #expect(harness.closes[session] == .unauthenticated)
    #expect(harness.router.authenticationFailures == [.expired: 1])
  }

  // MARK: Refreshing

  private func refresh(
    _ session: SessionID, _ harness: RouterHarness, _ result: Result<Identity, AuthenticationFailure>
  ) throws -> ServerFrame.Body? {
    harness.receive(.refresh(token: "new"), from: session)
    harness.tick()
    harness.answerToken(result)
    return try harness.frames(session).last {
      switch $0 {
      case .done, .error: true
      default: false
      }
    }
  }

  @Test func `a refresh lets the session go on, with another warning`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.open(connect(), as: expiring(in: 10_000, harness))
    #expect(try pass(seconds: 6, harness, session).count == 1)
    #expect(try refresh(session, harness, .success(expiring(in: 20_000, harness))) == .done)
    #expect(try pass(seconds: 9, harness, session).isEmpty)
    #expect(try pass(seconds: 2, harness, session).count == 1)
    #expect(harness.closes[session] == nil)
    _ = try pass(seconds: 10, harness, session)
    #expect(harness.closes[session] == .unauthenticated)
  }

  @Test func `a refresh to an earlier end counts too`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.open(connect(), as: expiring(in: 1_000_000, harness))
    #expect(try refresh(session, harness, .success(expiring(in: 3_000, harness))) == .done)
    _ = try pass(seconds: 4, harness, session)
    #expect(harness.closes[session] == .unauthenticated)
  }

  @Test func `a refresh that is refused changes nothing`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.open(connect(), as: expiring(in: 10_000, harness))
    let wrong = try refresh(session, harness, .failure(AuthenticationFailure(.signature, "wrong")))
    guard case .error(let error)? = wrong else {
      Issue.record("unexpected \(String(describing: wrong))")
      return
    }
    #expect(error.code == .unauthenticated)
    harness.pass(milliseconds: 1_000)
    let other = try refresh(session, harness, .success(Identity(user: try UserID("bob"))))
    guard case .error(let error)? = other else {
      Issue.record("unexpected \(String(describing: other))")
      return
    }
    #expect(error.code == .permissionDenied)
    #expect(harness.closes[session] == nil)
    #expect(harness.router.sessionState(session)?.user == alice)
    _ = try pass(seconds: 10, harness, session)
    #expect(harness.closes[session] == .unauthenticated)
  }

  @Test func `refreshing is bounded: one at a time, and not all the time`() throws {
    let harness = RouterHarness(wantsTokens: true)
    let session = try harness.open(connect(), as: Identity(user: alice))
    harness.receive(.refresh(token: "new"), from: session)
    #expect(try refusal(.refresh(token: "newer"), from: session, harness) == .outOfOrder)
    harness.answerToken(.success(Identity(user: alice)))
    #expect(try refusal(.refresh(token: "newest"), from: session, harness) == .limitExceeded)
    #expect(harness.router.limitsHit["refresh_interval"] == 1)
    harness.pass(milliseconds: 1_000)
    #expect(try refresh(session, harness, .success(Identity(user: alice))) == .done)
  }

  @Test func `other grants of a new token hold from its answer on`() throws {
    let harness = RouterHarness(wantsTokens: true)
    for group in ["group:a", "group:b"] { try harness.serve(1, .join(conversation: group), for: "alice") }
    let all: Grants.Rights = [.publish, .subscribe, .history]
    let session = try harness.open(connect(), as: Identity(user: alice, grants: try grants(("group:a", all))))
    try harness.serve(2, publish(to: "group:b"), for: "bob")
    let fresh = Identity(user: alice, grants: try grants(("group:b", all)))
    #expect(try refresh(session, harness, .success(fresh)) == .done)
    var frames = try harness.frames(session)
    harness.tick()
    frames += try harness.frames(session)
    let events = frames.compactMap { frame -> String? in
      switch frame {
      case .event(.following(let state)): "follows \(state.conversation)"
      case .event(.unfollowed(let conversation)): "left \(conversation)"
      case .message(let message): "message \(message.conversation) \(message.sequence)"
      default: nil
      }
    }
    // What was written meanwhile is not lost.
    #expect(events.sorted() == ["follows group:b", "left group:a", "message group:b 1"])
    #expect(try refusal(publish(to: "group:a"), from: session, harness) == .permissionDenied)
    #expect(try refusal(publish(to: "group:b"), from: session, harness) == nil)
  }
}
