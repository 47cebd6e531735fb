import ChatCore
import Foundation
import NIOConcurrencyHelpers
import NIOCore
import Testing

@testable import ChatServer

/// What a server does when something in it goes wrong. Each is made to happen for real.
@Suite(.timeLimit(.minutes(3))) struct SelfHealingTests {
  private static let megabyte = 1 << 20

  @Test func `A loop that hangs is found, and well again when it turns`() async throws {
    let ends = NIOLockedValueBox<[ServerError]>([])
    try await withServer(configure: {
      $0.health.loopDelay = 300
      $0.health.loopEnd = 60_000
      $0.endProcess = { error in ends.withLockedValue { $0.append(error) } }
    }) { _, server in
      let service = try #require(server.service)
      let wedge = DispatchSemaphore(value: 0)
      service.ports[1].run { _ in wedge.wait() }
      #expect(try await eventually { service.watch.stalls > 0 })
      #expect(await service.liveness().detail.hasSuffix("1"))
      #expect(await !service.metrics().contains("chat_loop_stalls_total 0\n"))
      wedge.signal()
      #expect(try await eventually { await service.liveness().passed })
      #expect(ends.withLockedValue { $0 }.isEmpty)
    }
  }

  @Test func `With a loop that stays silent the process is ended`() async throws {
    let ends = NIOLockedValueBox<[ServerError]>([])
    try await withServer(configure: {
      $0.health.loopDelay = 200
      $0.health.loopEnd = 800
      $0.endProcess = { error in ends.withLockedValue { $0.append(error) } }
    }) { _, server in
      let service = try #require(server.service)
      let wedge = DispatchSemaphore(value: 0)
      service.ports[0].run { _ in wedge.wait() }
      #expect(try await eventually { !ends.withLockedValue { $0.isEmpty } })
      wedge.signal()
      let end = try #require(ends.withLockedValue { $0.first })
      #expect(end.code == .wedged)
      #expect(end.message.contains("event loop 0") && end.message.contains("health.loop_end_ms"))
    }
  }

  // Thread Sanitizer keeps memory of its own for ours, which does not go with it.
  @Test(.disabled(if: getenv("TSAN_OPTIONS") != nil))
  func `Over its memory budget it gives windows back, then refuses sessions, and heals`() async throws {
    let used = Int(try #require(ProcessReader().usage().residentBytes))
    try await withServer(configure: {
      $0.health.memoryBytes = UInt64(used + 128 * Self.megabyte)
      $0.health.memoryRefuse = 1_000
      $0.health.memoryEnd = 600_000
    }) { address, server in
      let service = try #require(server.service)
      let ann = try await RawClient.connect(address, user: "ann")
      _ = try await ann.subscribe("broadcast:b")
      _ = try await ann.publish("x", to: "broadcast:b")
      #expect(await service.health().memory.state == .ok)
      #expect(await service.statistics().windowBytes > 0)

      // Enough also if all else is given back.
      var ballast: Ballast? = try Ballast(bytes: used + 256 * Self.megabyte)
      #expect(try await eventually { await service.health().memory.state == .failing })
      #expect(await service.statistics().windowBytes == 0)
      let refused = try await RawClient.open(address)
      let frame = try await refused.frame { _ in true }
      guard case .error(let error) = frame.body else {
        Issue.record("\(frame)")
        return
      }
      #expect(error.code == .unavailable && error.retryAfter > 0)
      #expect(await service.metrics().contains("chat_limit_hits_total{limit=\"memory_bytes\"} 1\n"))
      // Those that are there go on.
      _ = try await ann.publish("y", to: "broadcast:b")

      withExtendedLifetime(ballast) {}
      ballast = nil
      #expect(try await eventually { await service.health().memory.state == .ok })
      #expect(try await eventually { (try? await RawClient.connect(address, user: "bob")) != nil })
    }
  }

  @Test func `Over its memory budget for too long, it tells its clients to go and ends`() async throws {
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.drain.spread = 0
    configuration.health.memoryBytes = 1
    configuration.health.memoryRefuse = 1_500
    configuration.health.memoryEnd = 2_500
    let server = ChatServer(
      configuration: configuration, store: InMemoryStore(), logger: .init(label: "test") { _ in SilentLog() })
    let run = Task { try await server.run() }
    #expect(try await eventually { !server.addresses.isEmpty })
    let ann = try await RawClient.connect(try #require(server.addresses.first?.address), user: "ann")
    _ = try await ann.frame { if case .goAway = $0.body { true } else { false } }
    await ann.close()
    let error = await #expect(throws: ServerError.self) { try await run.value }
    #expect(error?.code == .memory)
    #expect(error?.message.contains("health.memory_bytes is 1") == true)
  }

  @Test func `Descriptors that run out are told while there still are some`() async throws {
    try await withServer { _, server in
      let service = try #require(server.service)
      #expect(await service.health().descriptors.state == .ok)
      let open = try #require(ProcessReader().usage().openDescriptors)
      var limit = rlimit()
      #expect(getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
      var low = limit
      low.rlim_cur = rlim_t(open + 1)
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &low) == 0)
      let health = await service.health()
      let metrics = await service.metrics()
      #expect(setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0)
      #expect(health.descriptors.state == .degraded)
      #expect(health.descriptors.detail.contains("ulimit"))
      #expect(health.descriptors.passed, "it is no reason to send clients elsewhere")
      #expect(metrics.contains("process_max_fds \(open + 1)\n"))
      #expect(await service.health().descriptors.state == .ok)
    }
  }
}
