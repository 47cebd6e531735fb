import Testing

@testable import ChatCore

@Suite struct RouterServiceTests {
  private func publish(_ text: String, to addresses: String...) -> ClientFrame.Body {
    var publish = ClientFrame.Publish()
    publish.to = addresses
    publish.body = Payload(Array(text.utf8))
    return .publish(publish)
  }

  @Test("A publish of the service reaches sessions as the user's would, and answers after the commit")
  func published() throws {
    let harness = RouterHarness()
    let bob = try harness.open("bob")
    try harness.serve(7, publish("hello", to: "user:bob"), for: "ann")
    guard case .published(let receipts) = harness.answers[7] else {
      Issue.record("unexpected \(String(describing: harness.answers))")
      return
    }
    #expect(receipts.map(\.sequence) == [1])
    try harness.serve(8, .history(.init(conversation: "direct:ann:bob")), for: "operator")
    guard case .historyPage(let page) = harness.answers[8] else {
      Issue.record("unexpected \(String(describing: harness.answers))")
      return
    }
    #expect(page.messages.map(\.sender) == ["ann"])
    #expect(harness.router.sessionState(bob)?.conversations == 2)
  }

  @Test(
    "The service joins and publishes for users who have no session; what is wrong is answered as an error")
  func members() throws {
    let harness = RouterHarness()
    let bob = try harness.open("bob")
    try harness.serve(1, .join(conversation: "group:g"), for: "bob")
    guard case .subscribed(let state) = harness.answers[1] else {
      Issue.record("unexpected \(String(describing: harness.answers))")
      return
    }
    #expect(state.members == 1)
    #expect(harness.router.sessionState(bob)?.conversations == 2)
    try harness.serve(2, publish("hello", to: "group:g"), for: "eve")
    guard case .published = harness.answers[2] else {
      Issue.record("unexpected \(String(describing: harness.answers))")
      return
    }
    try harness.serve(6, publish("hello", to: "direct:bob:eve"), for: "ann")
    guard case .error(let error) = harness.answers[6] else {
      Issue.record("a third user wrote to a direct conversation")
      return
    }
    #expect(error.code == .notMember)
    for (number, body) in [(3, publish("x")), (4, .ping), (5, .join(conversation: "user:ann"))] {
      try harness.serve(UInt64(number), body, for: "ann")
      guard case .error(let error) = harness.answers[UInt64(number)] else {
        Issue.record("accepted \(body)")
        continue
      }
      #expect(error.code == .invalidArgument)
    }
  }

  @Test("A session that is disconnected is told why, and its place is free")
  func disconnected() throws {
    let harness = RouterHarness()
    let bob = try harness.open("bob")
    let name = try #require(harness.router.sessionState(bob)?.name)
    #expect(harness.router.session(named: name) == bob)
    for other in ["", "/", "1/1", name + "0", "x" + name, name.replacing("/0/", with: "/4294967295/")] {
      #expect(harness.router.session(named: other) == nil)
    }
    #expect(harness.disconnect(bob) == 1)
    harness.settle()
    harness.flush()
    guard case .error(let error) = try harness.frames(bob).last else {
      Issue.record("not told")
      return
    }
    #expect(error.code == .disconnected)
    harness.settle()
    #expect(harness.closes[bob] == .some(.disconnected))
    #expect(harness.disconnect(bob) == 0)
    #expect(harness.router.gauges(topConversations: 0).sessions == 0)
    harness.close(bob)
    #expect(harness.router.gauges(topConversations: 0).sessions == 0)
    #expect(harness.router.sessionState(bob) == nil)
  }

  @Test("Limits that are hit are counted by their names")
  func limits() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    harness.publish(String(repeating: "x", count: Limits().bodyBytes + 1), to: "user:bob", from: ann)
    try harness.serve(
      1, publish(String(repeating: "x", count: Limits().bodyBytes + 1), to: "user:bob"), for: "ann")
    #expect(harness.router.limitsHit == ["body_bytes": 2])
  }

  @Test("What a loop holds is told: sessions, conversations by their messages")
  func gauges() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann", following: ["broadcast:live/a", "broadcast:live/b"])
    harness.publish("1", to: "broadcast:live/b", from: ann)
    harness.tick()
    let gauges = harness.router.gauges(topConversations: 2)
    #expect(gauges.sessions == 1 && gauges.laggingSessions == 0)
    #expect(gauges.top.map(\.name).first == "broadcast:live/b")
    #expect(gauges.top.first?.messages == 1 && gauges.top.first?.followers == 1)
    #expect(gauges.top.count == 2)
  }
}
