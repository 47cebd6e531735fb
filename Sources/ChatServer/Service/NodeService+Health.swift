import ChatCore
import NIOConcurrencyHelpers

extension NodeService {
  /// How often it is looked whether a part has answered, in milliseconds.
  private static let step = 5
  /// Who asks more often gets the last result: a probe is a commit.
  private static let probeInterval = Duration.seconds(1)

  func liveness() async -> BrokerHealth.Check { await checkLoops() }

  func startup() async -> BrokerHealth.Check {
    let isListening = isListening
    return .init(
      name: "started", state: isListening ? .ok : .failing,
      detail: isListening ? "the store is open, and all listeners are" : "not all listeners are open yet")
  }

  func health() async -> BrokerHealth {
    async let loops = checkLoops()
    async let store = storeProbe.result(atMostEvery: Self.probeInterval) { await self.checkStore() }
    async let disk = diskProbe.result(atMostEvery: Self.probeInterval) { await self.checkDisk() }
    return BrokerHealth(
      loops: await loops, store: await store, disk: await disk, accepting: accepting, memory: memory,
      descriptors: descriptors, tokens: tokens)
  }

  func metrics() async -> String {
    // First, because a loop that does not answer would be waited for.
    let health = await health()
    var metrics = BrokerMetrics(
      version: configuration.version, startedAt: startedAt, isDraining: isDraining, health: health,
      process: process.usage(), store: store.report, stalls: watch.stalls,
      storeSpace: storeSpace.withLockedValue { $0 }, reloads: reloads,
      keyFetches: configuration.tokenVerifier == nil ? nil : keyFetches,
      connectionLimitsHit: connections.hits,
      encryption: encryption, spansLeftOut: configuration.tracing?.spansLeftOut?())
    if health.loops.passed {
      metrics.reports = await onAllLoops { $0.report(topConversations: 0) }
    }
    return metrics.text
  }

  // MARK: What the node knows

  private var encryption: [ListenerEncryption] {
    (certificates?.expiries ?? []).map { listener, expiry in
      ListenerEncryption(
        name: listener.rawValue, certificateExpiry: expiry,
        handshakeFailures: connections.handshakeFailures(listener))
    }
  }

  private var accepting: BrokerHealth.Check {
    guard isDraining else { return .init(name: "accepting", state: .ok, detail: "new sessions are taken") }
    return .init(
      name: "accepting", state: .failing,
      detail: takesSessions
        ? "the node drains: send new sessions elsewhere; it takes them until drain.delay_ms "
          + "(\(configuration.drain.delay)) is over"
        : "the node drains and takes no new sessions")
  }

  private var memory: BrokerHealth.Check {
    let budget = configuration.health.memoryBytes
    let has = process.usage().residentBytes.map { "\($0) bytes are resident" } ?? "not known to the system"
    guard budget > 0 else {
      return .init(name: "memory", state: .ok, detail: "\(has); there is no budget (health.memory_bytes)")
    }
    let detail = "\(has), and health.memory_bytes is \(budget)"
    return switch watch.memory {
    case .well: .init(name: "memory", state: .ok, detail: detail)
    case .shedding: .init(name: "memory", state: .degraded, detail: "\(detail): windows are given back")
    case .refusing: .init(name: "memory", state: .failing, detail: "\(detail): new sessions are refused")
    case .ending: .init(name: "memory", state: .failing, detail: "\(detail): the node drains and ends")
    }
  }

  private var descriptors: BrokerHealth.Check {
    let usage = process.usage()
    guard let open = usage.openDescriptors, let most = usage.maxDescriptors else {
      return .init(name: "descriptors", state: .ok, detail: "the system does not tell how many are open")
    }
    let found =
      "\(open) of \(most) are open; \(DescriptorReserve.operators) are kept for operators, and "
      + "\(DescriptorReserve.process) for the broker itself"
    return DescriptorReserve.runsOut(usage)
      ? .init(
        name: "descriptors", state: .degraded,
        detail: "\(found): raise the limit (ulimit -n), or send clients to other nodes")
      : .init(name: "descriptors", state: .ok, detail: found)
  }

  private var tokens: BrokerHealth.Check {
    guard let verifier = configuration.tokenVerifier else {
      return .init(name: "tokens", state: .ok, detail: "users need no tokens")
    }
    let count = verifier.keyCount
    guard count > 0 else {
      return .init(
        name: "tokens", state: .failing,
        detail:
          "there are no keys for tokens yet, so nobody can come in: is auth.jwks_url right, and does it answer?"
      )
    }
    return .init(name: "tokens", state: .ok, detail: "there are keys for tokens: \(count)")
  }

  // MARK: What has to be tried

  /// Every loop has to run a task of ours soon.
  private func checkLoops() async -> BrokerHealth.Check {
    let patience = configuration.health.loopDelay
    let answered: [Int] =
      await whileLoopsRun {
        let answers = Answers<Int>()
        for (number, port) in ports.enumerated() { port.run { _ in answers.add(number) } }
        return await answers.wait(for: ports.count, step: Self.step, patience: patience)
      } ?? []
    let silent = ports.indices.filter { !answered.contains($0) }
    return .init(
      name: "loops", state: silent.isEmpty ? .ok : .failing,
      detail: silent.isEmpty
        ? "all \(ports.count) event loops answer"
        : "no answer within \(patience) ms from loop \(silent.map(String.init).joined(separator: ", "))")
  }

  /// A small write has to reach the disk soon: only that shows that messages would.
  private func checkStore() async -> BrokerHealth.Check {
    let patience = configuration.health.storeDelay
    let answers = Answers<StoreError?>()
    store.write([.probe]) { result in
      if case .failure(let error) = result { answers.add(error) } else { answers.add(nil) }
    }
    let answered = await answers.wait(for: 1, step: Self.step, patience: patience)
    switch answered.first {
    case .some(nil): return .init(name: "store", state: .ok, detail: "a write reached the disk")
    case .some(let error?):
      return .init(name: "store", state: .failing, detail: "the store refuses to write: \(error.message)")
    case nil:
      return .init(
        name: "store", state: .failing, detail: "no write reached the disk within \(patience) ms")
    }
  }

  /// The store has to say that there is room.
  private func checkDisk() async -> BrokerHealth.Check {
    let patience = configuration.health.storeDelay
    let least = configuration.health.diskFreeBytes
    let answers = Answers<Result<StoreAnswer, StoreError>>()
    store.read(.space) { answers.add($0) }
    switch await answers.wait(for: 1, step: Self.step, patience: patience).first {
    case .success(.space(let space)):
      storeSpace.withLockedValue { $0 = space }
      guard let free = space.freeBytes else {
        return .init(name: "disk", state: .ok, detail: "the store does not say how much room it has")
      }
      return free < least
        ? .init(
          name: "disk", state: .failing,
          detail:
            "\(free) bytes are free where the data is, and health.disk_free_bytes is \(least): free space")
        : .init(name: "disk", state: .ok, detail: "\(free) bytes are free where the data is")
    case .success:
      return .init(name: "disk", state: .failing, detail: "the store answered something else than was asked")
    case .failure(let error):
      return .init(
        name: "disk", state: .failing, detail: "the store cannot say what room it has: \(error.message)")
    case nil:
      return .init(
        name: "disk", state: .failing, detail: "the store did not say within \(patience) ms what room it has")
    }
  }
}

/// What parts of a node have answered so far, from any thread.
private final class Answers<Answer: Sendable>: Sendable {
  private let all = NIOLockedValueBox<[Answer]>([])

  func add(_ answer: Answer) { all.withLockedValue { $0.append(answer) } }

  /// Waits for so many, but not for ever: who does not answer now may never do.
  func wait(for count: Int, step: Int, patience: UInt64) async -> [Answer] {
    for _ in 0..<max(1, Int(clamping: patience) / step) {
      let answers = all.withLockedValue { $0 }
      if answers.count >= count { return answers }
      try? await Task.sleep(for: .milliseconds(step))
    }
    return all.withLockedValue { $0 }
  }
}
