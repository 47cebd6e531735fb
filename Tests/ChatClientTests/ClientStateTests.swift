import ChatCore
import Testing

@testable import ChatClient

@Suite struct ClientStateTests {
  private func running(_ change: (inout ChatClient.Configuration) -> Void = { _ in }) -> ClientState<String> {
    var configuration = ChatClient.Configuration(user: "alice")
    change(&configuration)
    var state = ClientState<String>(configuration, seed: 1)
    state.connect(at: 0)
    state.opened(1, at: 0)
    state.received(ServerFrame(requestID: 1, body: .connected(connected(["group:a": 4]))), from: 1, at: 0)
    _ = state.takeActions()
    return state
  }

  private func connected(_ places: [String: UInt64] = [:]) -> ServerFrame.Connected {
    var connected = ServerFrame.Connected()
    connected.user = "alice"
    connected.limits.bodyBytes = 100
    connected.conversations = places.map { name, position in
      var state = ConversationState()
      (state.conversation, state.epoch, state.position) = (name, 7, position)
      return state
    }
    return connected
  }

  private func message(_ sequence: UInt64) -> ServerFrame {
    var message = Message()
    (message.conversation, message.sequence) = ("group:a", sequence)
    return ServerFrame(body: .message(message))
  }

  private func publish(_ text: String) -> ClientFrame.Body {
    var publish = ClientFrame.Publish()
    (publish.to, publish.clientMessageID) = (["group:a"], text)
    return .publish(publish)
  }

  /// Actions as text, to read a test like a transcript.
  private func transcript(_ state: inout ClientState<String>) -> [String] {
    state.takeActions().map { action in
      switch action {
      case .open(let link): "open \(link)"
      case .close(let link): "close \(link)"
      case .send(let link, let frame): "\(link) < \(describe(frame.body))"
      case .update(.message(let message, _)): "message \(message.sequence)"
      case .update(.place(let place)): "place \(place.conversation) \(place.sequence)"
      case .update(.forget(let conversation)): "forget \(conversation)"
      case .update(.gap(let gap, _)): "gap \(gap.from)-\(gap.to)"
      case .update(.update(.connected)): "connected"
      case .update(.update(.disconnected(let reason, _))): "disconnected \(reason.code)"
      case .update(.update(.goingAway)): "going away"
      case .update(.update): "event"
      case .answer(let waiter, .success): "\(waiter) ok"
      case .answer(let waiter, .failure(let error)): "\(waiter) \(error.code)"
      case .connected: "connect() ends"
      case .collectAcknowledgements: "collect"
      case .refreshToken: "refresh token"
      case .finished: "finished"
      }
    }
  }

  private func describe(_ body: ClientFrame.Body) -> String {
    switch body {
    case .connect(let connect):
      "connect " + connect.resume.map { "\($0.conversation) \($0.sequence)" }.sorted().joined(separator: ", ")
    case .publish(let publish): "publish \(publish.clientMessageID)"
    case .subscribe(let subscribe): "subscribe \(subscribe.conversation) \(subscribe.after?.sequence ?? 0)"
    case .unsubscribe(let conversation): "unsubscribe \(conversation)"
    case .acknowledge(let positions):
      "acknowledge " + positions.map { "\($0.conversation) \($0.sequence)" }.joined(separator: ", ")
    case .markRead(let positions): "markRead \(positions.map(\.sequence))"
    case .typing(let conversation): "typing \(conversation)"
    case .refresh(let token): "refresh \(token)"
    case .ping: "ping"
    default: "other"
    }
  }

  @Test func `requests before connect are refused`() {
    var state = ClientState<String>(ChatClient.Configuration(user: "alice"), seed: 1)
    state.request(1, .ping, waiter: "ping", at: 0)
    #expect(transcript(&state) == ["ping not_connected"])
  }

  @Test func `a reconnect resumes from the last message and sends what is not answered again, in order`() {
    var state = running()
    state.received(message(5), from: 1, at: 1)
    state.request(10, publish("one"), waiter: "one", at: 2)
    state.request(11, publish("two"), waiter: "two", at: 2)
    #expect(transcript(&state) == ["message 5", "1 < publish one", "1 < publish two"])
    state.lost(1, .connectionLost, at: 3)
    state.request(12, publish("three"), waiter: "three", at: 3)
    #expect(transcript(&state) == ["disconnected connection_lost"])
    state.advance(to: 200)
    state.opened(2, at: 201)
    #expect(transcript(&state) == ["open 2", "2 < connect group:a 5"])
    state.received(ServerFrame(body: .connected(connected(["group:a": 5]))), from: 2, at: 202)
    #expect(
      transcript(&state)
        == ["connected", "connect() ends", "2 < publish one", "2 < publish two", "2 < publish three"])
    state.received(ServerFrame(requestID: 10, body: .published([])), from: 2, at: 203)
    state.received(ServerFrame(requestID: 10, body: .published([])), from: 2, at: 203)
    #expect(transcript(&state) == ["one ok"])
  }

  @Test func `a token that expires is refreshed by the provider, and the next connection has the new one`() {
    var state = running { $0.tokenProvider = { "unused" } }
    state.received(ServerFrame(body: .event(.tokenExpiring(expiresIn: 60_000))), from: 1, at: 1)
    #expect(transcript(&state) == ["refresh token", "event"])
    state.refresh("second", at: 2)
    #expect(transcript(&state) == ["1 < refresh second"])
    state.lost(1, .connectionLost, at: 3)
    state.advance(to: 200)
    state.opened(2, at: 201)
    let tokens = state.takeActions().compactMap { action -> String? in
      if case .send(_, let frame) = action, case .connect(let connect) = frame.body {
        connect.token
      } else {
        nil
      }
    }
    #expect(tokens == ["second"])
  }

  @Test func `a token that came when there was no connection is for the next one`() {
    var state = running()
    state.lost(1, .connectionLost, at: 3)
    _ = state.takeActions()
    state.refresh("second", at: 4)
    #expect(transcript(&state) == [])
    #expect(state.token == "second")
  }

  @Test func `a jump is answered by subscribing again from the last message`() {
    var state = running()
    state.received(message(6), from: 1, at: 1)
    state.received(message(7), from: 1, at: 1)
    #expect(transcript(&state) == ["1 < subscribe group:a 4"])
    for sequence in 5...7 as ClosedRange<UInt64> { state.received(message(sequence), from: 1, at: 2) }
    #expect(transcript(&state) == ["message 5", "message 6", "message 7"])
  }

  @Test func `moving to another node drops what arrives twice`() {
    var state = running()
    state.received(
      ServerFrame(body: .goAway(ServerFrame.GoAway(reconnectAfter: 10, closesAfter: 1000, reason: ""))),
      from: 1,
      at: 0)
    state.advance(to: 10)
    state.opened(2, at: 11)
    state.received(message(5), from: 1, at: 12)
    #expect(transcript(&state) == ["going away", "open 2", "2 < connect group:a 4", "message 5"])
    state.received(ServerFrame(body: .connected(connected(["group:a": 4]))), from: 2, at: 13)
    #expect(transcript(&state) == ["close 1", "connected", "connect() ends"])
    state.received(message(5), from: 2, at: 14)
    state.received(message(6), from: 1, at: 14)
    state.received(message(6), from: 2, at: 14)
    #expect(transcript(&state) == ["message 6"])
  }

  @Test func `an unavailable publish is sent again after the time that the broker says`() {
    var state = running()
    state.request(10, publish("one"), waiter: "one", at: 0)
    state.request(11, publish("two"), waiter: "two", at: 0)
    _ = transcript(&state)
    let unavailable = ServerFrame.Body.error(ChatError(.unavailable, "", retryAfter: 500))
    state.received(ServerFrame(requestID: 10, body: unavailable), from: 1, at: 100)
    state.received(ServerFrame(requestID: 11, body: unavailable), from: 1, at: 100)
    state.request(12, publish("three"), waiter: "three", at: 100)
    state.advance(to: 599)
    #expect(transcript(&state) == [])
    #expect(state.deadline == 600)
    state.advance(to: 600)
    #expect(transcript(&state) == ["1 < publish one", "1 < publish two", "1 < publish three"])
  }

  @Test func `a request that is never answered times out`() {
    var state = running { $0.requestTimeout = .milliseconds(50) }
    state.request(10, publish("one"), waiter: "one", at: 0)
    state.request(11, .ping, waiter: "ping", at: 0)
    _ = transcript(&state)
    #expect(state.deadline == 50)
    state.advance(to: 50)
    #expect(transcript(&state) == ["one timed_out", "ping timed_out"])
  }

  @Test func `a body longer than the broker allows is refused without sending`() {
    var state = running()
    var publish = ClientFrame.Publish()
    publish.to = ["group:a"]
    publish.body = Payload([UInt8](repeating: 0, count: 101))
    state.request(10, .publish(publish), waiter: "long", at: 0)
    #expect(transcript(&state) == ["long limit_exceeded"])
  }

  @Test func `with a full queue messages pass by only while somebody waits for an answer`() {
    var state = running()
    state.hasRoom = false
    #expect(!state.wantsToRead)
    state.received(message(5), from: 1, at: 0)
    #expect(transcript(&state) == ["message 5"])
    state.request(10, .ping, waiter: "ping", at: 0)
    #expect(state.wantsToRead)
    state.received(message(6), from: 1, at: 0)
    state.received(message(7), from: 1, at: 0)
    state.received(ServerFrame(requestID: 10, body: .heartbeat(tails: [], serverTime: 0)), from: 1, at: 0)
    #expect(transcript(&state) == ["1 < ping", "ping ok"])
    state.hasRoom = true
    state.roomCame(at: 5)
    #expect(transcript(&state) == ["1 < subscribe group:a 5"])
  }

  @Test func `with a full queue typing passes by, and marks do not`() {
    var state = running()
    let typing = ServerFrame(body: .event(.typing(conversation: "group:a", user: "bob")))
    let marks = ServerFrame(body: .event(.marks(Marks(conversation: "group:a", user: "bob", read: 3))))
    for frame in [typing, marks] { state.received(frame, from: 1, at: 0) }
    #expect(transcript(&state) == ["event", "event"])
    state.hasRoom = false
    for frame in [typing, marks] { state.received(frame, from: 1, at: 0) }
    #expect(transcript(&state) == ["event"])
  }

  @Test func `a membership that ended while away is told`() {
    var state = running()
    state.lost(1, .connectionLost, at: 0)
    state.advance(to: 200)
    state.opened(2, at: 200)
    _ = transcript(&state)
    state.received(ServerFrame(body: .connected(connected())), from: 2, at: 201)
    #expect(transcript(&state) == ["forget group:a", "event", "connected", "connect() ends"])
  }

  @Test func `acknowledgements go out at most once a second, and again on a new connection`() {
    var state = running()
    let place = Position(conversation: "group:a", epoch: 7, sequence: 5)
    state.consumed(at: 0)
    #expect(state.deadline == 1000)
    state.advance(to: 1000)
    #expect(transcript(&state) == ["collect"])
    state.acknowledge([place], at: 1000)
    #expect(transcript(&state) == ["1 < acknowledge group:a 5"])
    state.consumed(at: 1001)
    #expect(state.acknowledgeAt == 2000)
    state.lost(1, .connectionLost, at: 1100)
    state.advance(to: 1300)
    state.opened(2, at: 1300)
    state.received(ServerFrame(body: .connected(connected(["group:a": 5]))), from: 2, at: 1300)
    _ = transcript(&state)
    #expect(state.acknowledgeAt == 2300)
    state.acknowledge([], at: 2300)
    #expect(transcript(&state) == ["2 < acknowledge group:a 5"])
  }

  @Test func `close acknowledges, waits for the broker to say so, and fails what waits`() {
    var state = running()
    state.request(state.makeRequestID(), publish("one"), waiter: "one", at: 0)
    _ = transcript(&state)
    state.close(acknowledging: [Position(conversation: "group:a", epoch: 7, sequence: 5)], at: 0)
    #expect(transcript(&state) == ["one closed", "1 < acknowledge group:a 5", "1 < ping"])
    let ping = state.closing?.ping ?? 0
    state.received(ServerFrame(requestID: ping, body: .heartbeat(tails: [], serverTime: 0)), from: 1, at: 1)
    #expect(transcript(&state) == ["close 1", "finished"])
    state.request(99, .ping, waiter: "late", at: 2)
    #expect(transcript(&state) == ["late closed"])
  }

  @Test func `places that do not fit into Connect are subscribed afterwards`() {
    var state = running { configuration in
      configuration.resume = (0..<5000).map {
        Position(conversation: "broadcast:\($0)", epoch: 1, sequence: 1)
      }
    }
    let pieces = state.frameSized(state.positions.all)
    #expect(pieces.count > 1)
    #expect(pieces.allSatisfy { $0.count <= ClientState<String>.positionsPerFrame })
    state.lost(1, .connectionLost, at: 0)
    state.advance(to: 200)
    state.opened(2, at: 200)
    _ = transcript(&state)
    state.received(ServerFrame(body: .connected(connected())), from: 2, at: 201)
    let subscribed = transcript(&state).filter { $0.hasPrefix("2 < subscribe") }
    #expect(subscribed.count == pieces.dropFirst().reduce(0) { $0 + $1.count })
  }

  /// The client's own subscribe, which the broker refuses with this.
  private func refuseSubscribe(_ error: ChatError, of state: inout ClientState<String>, at now: UInt64) {
    for case .send(let link, let frame) in state.takeActions() {
      guard case .subscribe = frame.body else { continue }
      state.received(ServerFrame(requestID: frame.requestID, body: .error(error)), from: link, at: now)
    }
  }

  @Test func `a subscribe of its own that is refused for now is sent again when the broker says`() {
    var state = running()
    state.received(message(6), from: 1, at: 1)
    let full = ChatError(.limitExceeded, "subscribes_in_flight is 1", retryAfter: 3000)
    refuseSubscribe(full, of: &state, at: 2)
    state.advance(to: 3001)
    #expect(transcript(&state) == [])
    state.advance(to: 3002)
    #expect(transcript(&state) == ["1 < subscribe group:a 4"])
  }

  @Test func `one that the broker takes is not sent again where nothing was missing`() {
    var state = running()
    state.received(message(6), from: 1, at: 1)
    refuseSubscribe(ChatError(.unavailable, "no store", retryAfter: 3000), of: &state, at: 2)
    state.advance(to: 3002)
    for case .send(_, let frame) in state.takeActions() {
      var place = ConversationState()
      (place.conversation, place.epoch, place.position) = ("group:a", 7, 4)
      state.received(ServerFrame(requestID: frame.requestID, body: .subscribed(place)), from: 1, at: 3003)
    }
    state.advance(to: 9000)
    #expect(transcript(&state) == [])
    state.received(message(6), from: 1, at: 9001)
    #expect(transcript(&state) == ["1 < subscribe group:a 4"])
  }

  @Test func `one that the broker could not carry out is sent again a second later`() {
    var state = running()
    state.received(message(6), from: 1, at: 1)
    refuseSubscribe(ChatError(.internal, "a fault"), of: &state, at: 500)
    state.advance(to: 1499)
    #expect(transcript(&state) == [])
    state.advance(to: 1500)
    #expect(transcript(&state) == ["1 < subscribe group:a 4"])
  }

  @Test func `one that is refused for good ends following, which is told`() {
    var state = running()
    state.received(message(6), from: 1, at: 1)
    refuseSubscribe(ChatError(.notMember, "no member"), of: &state, at: 2)
    state.advance(to: 5000)
    #expect(transcript(&state) == ["forget group:a", "event"])
    #expect(state.positions.all == [])
  }

  @Test func `a place that was not told is asked for where delivery starts elsewhere`() {
    var configuration = ChatClient.Configuration(user: "alice")
    let names = (0..<5000).map { "group:\($0)" }
    configuration.resume = names.map { Position(conversation: $0, epoch: 7, sequence: 1) }
    var state = ClientState<String>(configuration, seed: 1)
    state.connect(at: 0)
    state.opened(1, at: 0)
    let untold = Set(names).subtracting(state.frameSized(state.positions.all)[0].map(\.conversation))
    _ = state.takeActions()
    // Another device has read on in all of them.
    let places = connected(Dictionary(uniqueKeysWithValues: names.map { ($0, 2) }))
    state.received(ServerFrame(requestID: 1, body: .connected(places)), from: 1, at: 1)
    let subscribed = transcript(&state).filter { $0.hasPrefix("1 < subscribe") }
    #expect(!untold.isEmpty && subscribed.count == untold.count)
    let missing = untold.map { "1 < subscribe \($0) 1" }.first { !subscribed.contains($0) }
    #expect(missing == nil)
  }

  @Test func `names that a program made up are proper ones from the first connection on`() {
    var configuration = ChatClient.Configuration(user: "alice")
    configuration.resume = (0..<5000).map { Position(conversation: "user:\($0)", epoch: 7, sequence: 1) }
    var state = ClientState<String>(configuration, seed: 1)
    state.connect(at: 0)
    state.opened(1, at: 0)
    state.received(ServerFrame(requestID: 1, body: .connected(connected())), from: 1, at: 0)
    // Those that Connect had room for are no longer followed.
    #expect(!state.positions.all.isEmpty)
    #expect(state.positions.all.allSatisfy { $0.conversation.hasPrefix("direct:") })
  }

  @Test(
    "Read marks are said once, forwards only, and after a time without connection when there is one again")
  func readMarks() {
    var state = running()
    func read(_ sequence: UInt64) {
      state.markRead(Position(conversation: "group:a", epoch: 7, sequence: sequence), at: 1)
    }
    read(2)
    read(1)
    state.typing(in: "group:a", at: 1)
    #expect(transcript(&state).filter { $0.contains("<") } == ["1 < markRead [2]", "1 < typing group:a"])
    state.lost(1, .closed, at: 2)
    _ = state.takeActions()
    read(4)
    read(3)
    state.typing(in: "group:a", at: 2)
    #expect(transcript(&state).isEmpty)
    state.advance(to: 60_000)
    state.opened(2, at: 60_000)
    state.received(
      ServerFrame(requestID: 2, body: .connected(connected(["group:a": 4]))), from: 2, at: 60_000)
    #expect(transcript(&state).contains("2 < markRead [4]"))
  }
}
