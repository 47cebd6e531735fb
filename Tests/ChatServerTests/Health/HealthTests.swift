import ChatCore
import Foundation
import Logging
import NIOConcurrencyHelpers
import NIOPosix
import Testing

@testable import ChatServer

/// A store whose disk can be made to fail, or to hang.
private final class TroubledStore: MessageStore {
  enum Trouble { case none, full, hangs, forgetsItsDisk }

  private let base = InMemoryStore(epoch: 1)
  let trouble = NIOLockedValueBox(Trouble.none)
  let freeBytes = NIOLockedValueBox<UInt64?>(1_000_000_000)

  func write(
    _ writes: [StoreWrite], answer: @escaping @Sendable (Result<[StoreOutcome], StoreError>) -> Void
  ) {
    switch trouble.withLockedValue({ $0 }) {
    case .none, .forgetsItsDisk: base.write(writes, answer: answer)
    case .full: answer(.failure(StoreError(.full, "no space")))
    case .hangs: break
    }
  }

  func read(
    _ queries: [StoreQuery], answer: @escaping @Sendable ([Result<StoreAnswer, StoreError>]) -> Void
  ) {
    if trouble.withLockedValue({ $0 }) == .hangs { return }
    guard queries == [.space] else { return base.read(queries, answer: answer) }
    guard trouble.withLockedValue({ $0 }) != .forgetsItsDisk else {
      return answer([.failure(StoreError(.io, "no such directory"))])
    }
    answer([.success(.space(StoreSpace(freeBytes: freeBytes.withLockedValue { $0 })))])
  }

  func close() async { await base.close() }
}

/// Green never lies: each part is broken, and looked at.
@Suite struct HealthTests {
  /// A node without listeners.
  private func withNode(
    loops: Int = 2, patience: UInt64 = 60_000, tokens: TokenVerifier? = nil,
    _ body: (NodeService, TroubledStore, [LoopPort]) async throws -> Void
  ) async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: loops)
    let store = TroubledStore()
    var configuration = ServerConfiguration()
    configuration.loops = loops
    configuration.tokenVerifier = tokens
    configuration.health.loopDelay = patience
    configuration.health.storeDelay = patience
    configuration.health.diskFreeBytes = 1_000
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let quiet = logger
    var ports: [LoopPort] = []
    for (number, eventLoop) in group.makeIterator().enumerated() {
      let settings = configuration
      ports.append(
        try await eventLoop.submit {
          LoopPort(
            LoopDriver(
              eventLoop: eventLoop, loop: number, configuration: settings, store: store, logger: quiet))
        }.get())
    }
    let all = ports
    for port in all { try await port.call { $0.start(ports: all) } }
    let service = NodeService(configuration: configuration, ports: all, store: store) {}
    try await body(service, store, all)
    for port in all { try await port.call { $0.stop() } }
    try await group.shutdownGracefully()
  }

  @Test("A node whose parts all work is healthy")
  func healthy() async throws {
    try await withNode { service, _, _ in
      let health = await service.health()
      #expect(health.checks.allSatisfy { $0.passed })
    }
  }

  @Test("A node that has no keys for the tokens that it wants lets nobody in, and says so")
  func tokens() async throws {
    let verifier = TokenVerifier(.none)
    try await withNode(tokens: verifier) { service, _, _ in
      let before = await service.health().tokens
      #expect(!before.passed && before.detail.contains("auth.jwks_url"))
      verifier.replaceKeys(try await .secret(Array(repeating: 1, count: 32)))
      #expect(await service.health().tokens.passed)
      // A new process would have no keys either.
      #expect(await service.liveness().passed)
    }
  }

  @Test("A loop that does nothing any longer is found, and named")
  func wedged() async throws {
    try await withNode(patience: 2_000) { service, _, ports in
      let wedge = DispatchSemaphore(value: 0)
      ports[1].run { _ in wedge.wait() }
      let health = await service.health()
      #expect(!health.loops.passed)
      #expect(health.loops.detail.contains("loop 1"))
      wedge.signal()
    }
  }

  @Test("A store that cannot write, or does not answer, is not healthy, and is again when it can")
  func store() async throws {
    try await withNode { service, store, _ in
      store.trouble.withLockedValue { $0 = .full }
      #expect(await !service.health().store.passed)
      store.trouble.withLockedValue { $0 = .none }
      // The last result is good for a second.
      try await Task.sleep(for: .milliseconds(1_100))
      #expect(await service.health().store.passed)
    }
    try await withNode(patience: 100) { service, store, _ in
      store.trouble.withLockedValue { $0 = .hangs }
      #expect(await !service.health().store.passed)
    }
  }

  @Test("A store that does not answer is no reason to say that the node is dead")
  func alive() async throws {
    try await withNode { service, store, _ in
      store.trouble.withLockedValue { $0 = .hangs }
      #expect(await service.liveness().passed)
    }
  }

  @Test("With a loop that does nothing any longer, metrics still say so")
  func metricsOfWedged() async throws {
    try await withNode(patience: 2_000) { service, _, ports in
      let wedge = DispatchSemaphore(value: 0)
      ports[1].run { _ in wedge.wait() }
      #expect(await service.metrics().contains("chat_healthy{check=\"loops\"} 0\n"))
      wedge.signal()
    }
  }

  @Test("Who asks often causes one probe of the disk in a second")
  func oneProbe() async throws {
    let made = NIOLockedValueBox(0)
    let check = SharedCheck()
    for _ in 0..<10 {
      _ = await check.result(atMostEvery: .seconds(60)) {
        made.withLockedValue { $0 += 1 }
        return BrokerHealth.Check(name: "store", state: .ok, detail: "")
      }
    }
    #expect(made.withLockedValue { $0 } == 1)
  }

  @Test("A disk with too little room is not ready, whatever the store still writes, and is again with more")
  func disk() async throws {
    try await withNode { service, store, _ in
      store.freeBytes.withLockedValue { $0 = 999 }
      let health = await service.health()
      #expect(health.disk.state == .failing && health.store.passed)
      #expect(
        health.disk.detail.contains("999 bytes") && health.disk.detail.contains("health.disk_free_bytes"))
      store.freeBytes.withLockedValue { $0 = 1_000 }
      // The last result is good for a second.
      let isWellAgain = try await eventually { await service.health().disk.passed }
      #expect(isWellAgain)
      #expect(await service.metrics().contains("chat_store_free_bytes 1000\n"))
    }
    try await withNode { service, store, _ in
      store.trouble.withLockedValue { $0 = .forgetsItsDisk }
      #expect(await !service.health().disk.passed, "what cannot be looked at is not well")
    }
    try await withNode(patience: 100) { service, store, _ in
      store.trouble.withLockedValue { $0 = .hangs }
      #expect(await !service.health().disk.passed)
    }
  }

  @Test("A node says that it has started when it listens")
  func started() async throws {
    try await withNode { service, _, _ in
      #expect(await !service.startup().passed)
      service.listens(at: [("tcp", "127.0.0.1:1")])
      #expect(await service.startup().passed)
    }
  }

  @Test("Times and sizes that make no sense stop the start, with their names")
  func configuration() async throws {
    let wrong: [(name: String, value: UInt64, set: (inout HealthConfiguration) -> Void)] = [
      ("health.loop_delay_ms", 99, { $0.loopDelay = 99 }),
      ("health.loop_end_ms", 1_999, { $0.loopEnd = 1_999 }),
      ("health.store_delay_ms", 600_001, { $0.storeDelay = 600_001 }),
      ("health.memory_refuse_ms", .max, { $0.memoryRefuse = .max }),
      ("health.memory_end_ms", 4_999, { $0.memoryEnd = 4_999 }),
    ]
    for (name, value, set) in wrong {
      let error = await #expect(throws: ServerError.self) {
        try await withServer(configure: { set(&$0.health) }) { _, _ in }
      }
      #expect(error?.code == .configuration)
      #expect(error?.message.contains("\(name) is \(value)") == true)
    }
  }

  @Test("A node that drains is alive, but not ready")
  func draining() async throws {
    try await withNode { service, _, _ in
      await service.drainBegins()
      let health = await service.health()
      #expect(health.loops.passed && health.store.passed && !health.accepting.passed)
    }
  }

  @Test("Metrics are in Prometheus' format: each has its help and type once, and values that are numbers")
  func metrics() async throws {
    try await withNode { service, _, _ in
      _ = try await service.publish(.hello, as: UserID("ann"))
      let lines = await service.metrics().split(separator: "\n").map(String.init)
      let types = lines.filter { $0.hasPrefix("# TYPE ") }.map { $0.split(separator: " ")[2] }
      #expect(Set(types).count == types.count)
      for line in lines where !line.hasPrefix("#") {
        let value = try #require(line.split(separator: " ").last.flatMap { Double($0) }, "\(line)")
        #expect(value.isFinite)
        let name = line.prefix { $0 != "{" && $0 != " " }
        #expect(types.contains { name.hasPrefix($0) }, "\(line)")
      }
      #expect(lines.contains("chat_messages_published_total 1"))
      #expect(lines.contains { $0.hasPrefix("chat_store_commit_seconds_bucket{le=\"+Inf\"} ") })
      #expect(lines.contains("chat_healthy{check=\"store\"} 1"))
    }
  }
}

extension ClientFrame.Publish {
  fileprivate static var hello: ClientFrame.Publish {
    var publish = ClientFrame.Publish()
    publish.to = ["group:g"]
    publish.body = Payload(Array("hello".utf8))
    return publish
  }
}
