import ChatCore
import Testing

@testable import ChatClient

@Suite struct ConnectionStateTests {
  private let lost = ChatClientError.connectionLost

  private func make() -> ConnectionState {
    ConnectionState(connectTimeout: 1000, backoff: Backoff(initial: 100, maximum: 10_000, seed: 1))
  }

  private var connected: ServerFrame.Connected {
    var connected = ServerFrame.Connected()
    connected.limits.idleTimeoutMilliseconds = 90_000
    connected.limits.heartbeatIntervalMilliseconds = 20_000
    return connected
  }

  private func running() throws -> ConnectionState {
    var state = make()
    #expect(try state.start(at: 0) == [.open(link: 1)])
    state.greeted(1, resumed: [:])
    #expect(state.connected(1, connected, at: 0) == [.adopted(connected, resumed: [:])])
    return state
  }

  @Test func `a first attempt that fails is told, and may be made again`() throws {
    var state = make()
    #expect(try state.start(at: 0) == [.open(link: 1)])
    #expect(state.lost(1, lost, at: 5) == [.firstFailed(lost)])
    #expect(state.deadline == nil)
    #expect(try state.start(at: 10) == [.open(link: 2)])
  }

  @Test func `a second start is refused`() throws {
    var state = try running()
    #expect(throws: ChatClientError(.alreadyConnected, "")) { try state.start(at: 1) }
  }

  @Test func `a session that is not opened in time counts as failed`() throws {
    var state = make()
    _ = try state.start(at: 0)
    #expect(state.deadline == 1000)
    #expect(state.advance(to: 1000) == [.close(link: 1), .firstFailed(ChatClientError(.timedOut, ""))])
  }

  @Test func `a lost connection is opened again after a wait that grows`() throws {
    var state = try running()
    guard case .disconnected(lost, let wait)? = state.lost(1, lost, at: 5).first else {
      Issue.record("not told")
      return
    }
    #expect(wait <= 100)
    #expect(state.deadline == 5 + wait)
    #expect(state.advance(to: 5 + wait) == [.open(link: 2)])
    guard case .disconnected(_, let longer)? = state.lost(2, lost, at: 200).first else {
      Issue.record("not told")
      return
    }
    #expect(longer <= 200)
  }

  @Test func `a refusal for good ends everything`() throws {
    var state = try running()
    _ = state.lost(1, lost, at: 0)
    _ = state.advance(to: 100)
    let refusal = ChatError(.unauthenticated, "the token has expired")
    #expect(
      state.refused(2, refusal, at: 100)
        == [.close(link: 2), .failed(ChatClientError(.refused, ""))])
    #expect(state.deadline == nil)
  }

  @Test(arguments: [true, false])
  func `an error is why the connection ended, unless the broker has gone on after it`(goesOn: Bool) throws {
    var state = try running()
    state.noted(ChatError(.limitExceeded, "too many conversations"))
    if goesOn { state.goesOn() }
    guard case .disconnected(let reason, _)? = state.lost(1, lost, at: 0).first else {
      Issue.record("not told")
      return
    }
    #expect(reason == (goesOn ? lost : ChatClientError(.refused, "")))
  }

  @Test func `a refusal for now waits as long as the broker says`() throws {
    var state = try running()
    _ = state.lost(1, lost, at: 0)
    _ = state.advance(to: 100)
    _ = state.refused(2, ChatError(.unavailable, "", retryAfter: 5000), at: 100)
    #expect(state.deadline == 5100)
  }

  @Test func `a node that goes away is left only when the next connection is open`() throws {
    var state = try running()
    state.goAway(ServerFrame.GoAway(reconnectAfter: 50, closesAfter: 5000, reason: ""), at: 0)
    #expect(state.advance(to: 49) == [])
    #expect(state.advance(to: 50) == [.open(link: 2)])
    #expect(state.current?.id == 1)
    state.greeted(2, resumed: ["group:a": 3])
    #expect(
      state.connected(2, connected, at: 60)
        == [.close(link: 1), .adopted(connected, resumed: ["group:a": 3])])
    #expect(state.current?.id == 2)
    #expect(state.lost(1, lost, at: 61) == [])
  }

  @Test func `a ping is sent after a third of the idle time-out, silence ends the connection`() throws {
    var state = try running()
    #expect(state.deadline == 30_000)
    #expect(state.advance(to: 30_000) == [.ping])
    #expect(state.advance(to: 49_999) == [])
    #expect(state.advance(to: 50_000).first == .close(link: 1))
    #expect(state.current == nil)
  }

  @Test func `silence means nothing while reading pauses`() throws {
    var state = try running()
    state.setReading(false, at: 10)
    #expect(state.advance(to: 29_000) == [])
    _ = state.advance(to: 60_000)
    #expect(state.current?.id == 1)
    state.setReading(true, at: 60_000)
    _ = state.advance(to: 100_000)
    #expect(state.current?.id == 1)
  }

  @Test func `a broker that closes each session at once is not hammered`() throws {
    var state = try running()
    var now: UInt64 = 0
    for link in 1...8 {
      _ = state.lost(link, lost, at: now)
      now = try #require(state.deadline)
      _ = state.advance(to: now)
      _ = state.connected(link + 1, connected, at: now)
    }
    #expect(now > 1000)
  }

  private func refusedTwice(mostRefusedTokens: Int) throws -> [[ConnectionState.Action]] {
    var state = try running()
    state.mostRefusedTokens = mostRefusedTokens
    _ = state.lost(1, lost, at: 1)
    let refusal = ChatError(.unauthenticated, "the token has expired")
    _ = state.advance(to: 60_000)
    let first = state.refused(2, refusal, at: 60_000)
    _ = state.advance(to: 120_000)
    return [first, state.refused(3, refusal, at: 120_000)]
  }

  @Test func `a fixed token that is refused is the end, one of a provider is asked for once more`() throws {
    func ends(_ actions: [ConnectionState.Action]) -> Bool {
      actions.contains { if case .failed = $0 { true } else { false } }
    }
    #expect(try ends(refusedTwice(mostRefusedTokens: 1)[0]))
    let provided = try refusedTwice(mostRefusedTokens: ConnectionState.mostRefusedOfProvider)
    #expect(!ends(provided[0]))
    #expect(ends(provided[1]))
  }
}
