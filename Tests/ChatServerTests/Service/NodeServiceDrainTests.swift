import ChatCore
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(3))) struct NodeServiceDrainTests {
  /// What a publish is refused with; nil: it is not.
  private func refusal(_ service: NodeService, as user: String = "robot") async throws -> ErrorCode? {
    let user = try UserID(user)
    return try await ChatServerTests.refusal {
      try await service.publish(publication("x", to: "broadcast:b"), as: user)
    }
  }

  @Test("A broker says what it is", arguments: [1, 3])
  func info(loops: Int) async throws {
    try await withWebServer(
      loops: loops,
      configure: {
        $0.node = "node-7"
        $0.version = "1.2.3"
        $0.limits.bodyBytes = 1_000
      }
    ) { address, server in
      let info = try #require(await server.service?.brokerInfo())
      #expect(info.node == "node-7")
      #expect(info.version == "1.2.3")
      #expect(info.state == .running)
      #expect(info.drain == nil)
      #expect(info.loops == loops)
      #expect(info.limits.bodyBytes == 1_000)
      #expect(info.listeners.map(\.name) == ["tcp", "http"])
      #expect(info.listeners.first?.address == "127.0.0.1:\(address.port ?? 0)")
    }
  }

  @Test func `While new sessions are still taken, the check says so, and it is not ready`() async throws {
    try await withServer(configure: {
      $0.drain.delay = 1_500
      $0.drain.grace = 60_000
    }) { address, server in
      let service = try #require(server.service)
      async let stopped: Void = server.stop()
      #expect(try await eventually { await !service.health().accepting.passed })
      #expect(await service.health().accepting.detail.contains("it takes them until drain.delay_ms (1500)"))
      let late = try await RawClient.connect(address, user: "ann")
      _ = try await late.frame { if case .goAway = $0.body { true } else { false } }
      #expect(await service.health().accepting.detail == "the node drains and takes no new sessions")
      #expect(await !service.health().accepting.passed)
      await late.close()
      await stopped
    }
  }

  @Test("A drain that an operator begins is seen at once, and its progress", arguments: [1, 3])
  func drain(loops: Int) async throws {
    try await withServer(loops: loops, configure: { $0.drain.grace = 60_000 }) { address, server in
      let service = try #require(server.service)
      let ann = try await RawClient.connect(address, user: "ann")
      let bob = try await RawClient.connect(address, user: "bob")
      #expect(try await refusal(service) == nil)
      for _ in 0..<2 { await service.beginDrain() }
      await server.waitUntilDrain()
      #expect(await service.brokerInfo().state == .draining)
      #expect(await service.brokerInfo().drain == BrokerInfo.Drain(sessionsAtStart: 2, sessionsLeft: 2))

      async let stopped: Void = server.stop()
      for client in [ann, bob] {
        _ = try await client.frame { if case .goAway = $0.body { true } else { false } }
      }
      #expect(try await refusal(service) == .draining)
      await #expect(throws: ChatError.self) {
        try await service.history(ClientFrame.History(conversation: "broadcast:b"))
      }
      #expect(try await service.conversation(ConversationID("broadcast:b"))?.lastSequence == 1)
      #expect(await service.statistics().sessions == 2)
      #expect(await service.sessions(of: try UserID("ann")).count == 1)
      await ann.close()
      #expect(
        try await eventually {
          await service.brokerInfo().drain == BrokerInfo.Drain(sessionsAtStart: 2, sessionsLeft: 1)
        })
      #expect(await service.disconnect(user: try UserID("bob")) == 1)
      await stopped
    }
  }

  @Test("Requests while the broker stops, and after that, end with an error", arguments: [1, 3])
  func stop(loops: Int) async throws {
    try await withServer(loops: loops) { address, server in
      let service = try #require(server.service)
      let ann = try await RawClient.connect(address, user: "ann")
      let isStopped = NIOLockedValueBox(false)
      let ended = try await within(seconds: 60) {
        try await withThrowingTaskGroup(of: Int.self) { group in
          for number in 0..<8 {
            group.addTask {
              var refused = 0
              while !isStopped.withLockedValue({ $0 }) || refused < 10 {
                switch try await refusal(service, as: "robot\(number)") {
                case nil: break
                case .draining: refused += 1
                case let code?: Issue.record("refused with \(code)")
                }
                _ = await service.statistics()
                _ = await service.brokerInfo()
                _ = await service.sessions(limit: 5, order: .lag)
                _ = await service.disconnect(user: try UserID("nobody"))
                // What is refused at once must not keep others from going on.
                await Task.yield()
              }
              return refused
            }
          }
          group.addTask {
            try await Task.sleep(for: .milliseconds(50))
            await server.stop()
            isStopped.withLockedValue { $0 = true }
            return 10
          }
          var all: [Int] = []
          for try await refused in group { all.append(refused) }
          return all
        }
      }
      #expect(ended.count == 9)
      #expect(ended.allSatisfy { $0 >= 10 })
      try await ann.waitUntilClosed()
      #expect(server.service == nil)
    }
  }

  @Test func `When a broker has stopped it has no sessions, and says that it drains`() async throws {
    try await withServer(loops: 3) { address, server in
      let service = try #require(server.service)
      let ann = try UserID("ann")
      let client = try await RawClient.connect(address, user: "ann")
      #expect(try await refusal(service) == nil)
      await server.stop()
      try await client.waitUntilClosed()
      try await within { () async throws -> Void in
        #expect(try await refusal(service) == .draining)
        await #expect(throws: ChatError.self) {
          try await service.history(ClientFrame.History(conversation: "broadcast:b"))
        }
        await #expect(throws: ChatError.self) {
          try await service.addMember(ann, to: ConversationID("group:g"))
        }
        await #expect(throws: ChatError.self) {
          try await service.removeMember(ann, from: ConversationID("group:g"))
        }
        #expect(try await service.conversation(ConversationID("broadcast:b"))?.lastSequence == 1)
        #expect(await service.presence(of: ann).sessions == 0)
        #expect(await service.sessions(of: ann).isEmpty)
        #expect(await service.sessions(limit: 5, order: .age) == SessionList(sessions: [], total: 0))
        #expect(await service.disconnect(session: "any") == false)
        #expect(await service.disconnect(user: ann) == 0)
        #expect(await service.statistics().sessions == 0)
        await service.beginDrain()
        let info = await service.brokerInfo()
        #expect(info.state == .draining)
        #expect(info.drain == BrokerInfo.Drain(sessionsAtStart: 1, sessionsLeft: 0))
      }
    }
  }

  @Test func `A loop that has stopped before the others refuses, too`() async throws {
    try await withServer(loops: 2) { _, server in
      let service = try #require(server.service)
      for port in service.ports { try await port.call { $0.stop() } }
      try await within { () async throws -> Void in
        for number in 0..<5 { #expect(try await refusal(service, as: "robot\(number)") == .draining) }
        #expect(await service.statistics().sessions == 0)
      }
    }
  }

  @Test("Who waits for a store that does not answer is told when the broker stops", arguments: [1, 3])
  func silentStore(loops: Int) async throws {
    try await withServer(store: SilentStore(), loops: loops) { _, server in
      let service = try #require(server.service)
      let codes = try await within(seconds: 60) {
        try await withThrowingTaskGroup(of: ErrorCode?.self) { group in
          for number in 0..<6 { group.addTask { try await refusal(service, as: "robot\(number)") } }
          try await Task.sleep(for: .milliseconds(100))
          await server.stop()
          var codes: [ErrorCode?] = []
          for try await code in group { codes.append(code) }
          return codes
        }
      }
      #expect(codes == Array(repeating: .draining, count: 6))
    }
  }
}

/// A store on a disk that has hung: it answers no write.
private final class SilentStore: MessageStore {
  private let base = InMemoryStore(epoch: 1)

  func write(
    _ writes: [StoreWrite], answer: @escaping @Sendable (Result<[StoreOutcome], StoreError>) -> Void
  ) {}

  func read(
    _ queries: [StoreQuery], answer: @escaping @Sendable ([Result<StoreAnswer, StoreError>]) -> Void
  ) {
    base.read(queries, answer: answer)
  }

  func close() async { await base.close() }
}
