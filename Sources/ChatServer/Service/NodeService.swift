import ChatCore
import NIOCore
import NIOConcurrencyHelpers

/// What operators and other programs ask of a node, answered by its loops and its store.
final class NodeService: Sendable {
  private struct Status {
    var listeners: [BrokerInfo.Listener] = []
    var sessionsAtDrain: Int?
    var takesSessions = true
  }

  /// Conversations that the statistics name.
  private static let topConversations = 20

  let ports: [LoopPort]
  let store: any MessageStore
  let configuration: ServerConfiguration
  /// What holds now.
  let limits: NIOLockedValueBox<Limits>
  let reloads: AttemptCounters
  let keyFetches: AttemptCounters
  let connections: Connections
  let certificates: Certificates?
  /// What opens the HTTP API; nil: no listener for operators, or a key that is not allowed.
  let adminKey: CurrentAdminKey?
  let storeProbe = SharedCheck()
  let diskProbe = SharedCheck()
  /// What the store said last of its room; nil: nothing yet.
  let storeSpace = NIOLockedValueBox<StoreSpace?>(nil)
  let process: ProcessReader
  /// What the watchdog has found.
  let watch: WatchStatus
  /// Requests of the admin listener that have no response yet.
  let httpCalls = CallGate()
  let startedAt = Moment.now().unixTime
  private let requestDrain: @Sendable () -> Void
  private let status = NIOLockedValueBox(Status())
  private let gate = CallGate()

  /// - Parameters:
  ///   - certificates: of the listeners, for their expiry.
  ///   - requestDrain: begins what SIGTERM begins.
  init(
    configuration: ServerConfiguration, ports: [LoopPort], store: any MessageStore,
    certificates: Certificates? = nil, reloads: AttemptCounters = AttemptCounters(),
    keyFetches: AttemptCounters = AttemptCounters(), process: ProcessReader = ProcessReader(),
    watch: WatchStatus = WatchStatus(),
    requestDrain: @escaping @Sendable () -> Void
  ) {
    self.configuration = configuration
    limits = NIOLockedValueBox(configuration.limits)
    self.reloads = reloads
    self.keyFetches = keyFetches
    self.ports = ports
    self.store = store
    self.certificates = certificates
    adminKey = configuration.admin.flatMap { AdminKey($0.key) }.map(CurrentAdminKey.init)
    connections = Connections(configuration.limits)
    self.process = process
    self.watch = watch
    self.requestDrain = requestDrain
  }

  func listens(at addresses: [(name: String, address: String)]) {
    status.withLockedValue {
      $0.listeners = addresses.map { BrokerInfo.Listener(name: $0.name, address: $0.address) }
    }
  }

  /// Takes other limits, on all loops and for connections that come; see ``Router/apply(_:)``.
  func apply(_ limits: Limits) async {
    self.limits.withLockedValue { $0 = limits }
    connections.apply(limits)
    _ = await onAllLoops { $0.apply(limits) }
  }

  /// From now on the node says that it drains.
  func drainBegins() async {
    let sessions = await sessionCount()
    status.withLockedValue { $0.sessionsAtDrain = $0.sessionsAtDrain ?? sessions }
  }

  /// From now on the node says that it takes no new sessions.
  func takesNoMoreSessions() { status.withLockedValue { $0.takesSessions = false } }

  var takesSessions: Bool { status.withLockedValue { $0.takesSessions } }

  var isListening: Bool { status.withLockedValue { !$0.listeners.isEmpty } }

  var isDraining: Bool { status.withLockedValue { $0.sessionsAtDrain != nil } }

  func sessionCount() async -> Int {
    await onAllLoops { $0.sessionCount }.reduce(0, +)
  }

  /// The loops are about to end: returns when nobody waits for an answer of theirs.
  func end() async { await gate.shut() }

  /// Runs `body`, during which the loops do not end.
  ///
  /// - Returns: nil if they have ended.
  func whileLoopsRun<Value>(_ body: () async throws -> Value) async rethrows -> Value? {
    guard gate.enter() else { return nil }
    defer { gate.leave() }
    return try await body()
  }

  /// Asks each loop. When they have ended there are no answers.
  func onAllLoops<Value: Sendable>(_ body: @escaping @Sendable (LoopDriver) -> Value) async -> [Value] {
    await whileLoopsRun {
      var values: [Value] = []
      for port in ports {
        if let value = try? await port.call(body) { values.append(value) }
      }
      return values
    } ?? []
  }

  // MARK: The broker

  func brokerInfo() async -> BrokerInfo {
    let left = await sessionCount()
    let (listeners, atStart) = status.withLockedValue { ($0.listeners, $0.sessionsAtDrain) }
    return BrokerInfo(
      node: configuration.node, version: configuration.version, state: atStart == nil ? .running : .draining,
      startedAt: startedAt, loops: configuration.loops, listeners: listeners,
      limits: limits.withLockedValue { $0.announced },
      drain: atStart.map { BrokerInfo.Drain(sessionsAtStart: max($0, left), sessionsLeft: left) })
  }

  func beginDrain() async {
    await drainBegins()
    requestDrain()
  }

  func statistics() async -> BrokerStatistics {
    let top = Self.topConversations
    let reports = await onAllLoops { ($0.report(topConversations: top), $0.users) }
    var all = BrokerStatistics()
    all.time = Moment.now().unixTime
    var latency = LatencyHistogram()
    // A user may have sessions on several loops.
    var users: Set<UserID> = []
    all.limitsHit = connections.hits
    for (report, usersOfLoop) in reports {
      all.add(report.gauges)
      all.add(report.counters)
      all.limitsHit.merge(report.limitsHit) { $0 &+ $1 }
      all.publishLatency.count &+= report.commits.count
      latency.add(report.recentCommits)
      users.formUnion(usersOfLoop)
    }
    all.topConversations.sort {
      ($0.messages, $0.followers, $1.conversation) > ($1.messages, $1.followers, $0.conversation)
    }
    all.topConversations = Array(all.topConversations.prefix(top))
    all.users = users.count
    all.publishLatency.p50 = latency.quantile(0.5) / 1_000
    all.publishLatency.p99 = latency.quantile(0.99) / 1_000
    all.publishLatency.maximum = latency.maximum / 1_000
    return all
  }
}

/// What a loop tells of itself.
struct LoopReport: Sendable {
  let counters: RouterCounters
  let sessions: SessionCounters
  let gauges: RouterGauges
  let limitsHit: [String: UInt64]
  let authenticationFailures: [AuthenticationFailure.Reason: UInt64]
  let latencies: PublishLatencies
  /// How late ticks came.
  let delays: LatencyHistogram
  let storeErrors: UInt64
  /// How long commits took, since the start.
  let commits: LatencyHistogram
  /// How long the last ones took, as those who wait for them see it.
  let recentCommits: LatencyHistogram
}

extension BrokerStatistics {
  mutating func add(_ gauges: RouterGauges) {
    sessions += gauges.sessions
    activeConversations += gauges.conversations
    windowBytes += gauges.windowBytes
    laggingSessions += gauges.laggingSessions
    topConversations += gauges.top.map {
      TopConversation(conversation: $0.name, followers: $0.followers, messages: $0.messages)
    }
  }

  mutating func add(_ counters: RouterCounters) {
    framesReceived &+= counters.framesReceived
    framesRefused &+= counters.framesRefused
    messagesPublished &+= counters.messagesPublished
    deliveries &+= counters.deliveries
    bytesSent &+= counters.bytesSent
    flushes &+= counters.flushes
    gaps &+= counters.gaps
    pagesRead &+= counters.pagesRead
  }
}
