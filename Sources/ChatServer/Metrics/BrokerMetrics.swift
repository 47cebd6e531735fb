import ChatCore

/// What a node tells Prometheus; see ``MetricDefinition`` for what each metric is.
struct BrokerMetrics: Sendable {
  let version: String
  /// Milliseconds since 1970.
  let startedAt: Int64
  let isDraining: Bool
  let health: BrokerHealth
  let process: ProcessUsage
  let store: StoreReport
  /// How often a loop was found wedged.
  let stalls: UInt64
  /// What the store said last of its room; nil: nothing yet.
  let storeSpace: StoreSpace?
  let reloads: AttemptCounters
  /// nil: users need no tokens.
  let keyFetches: AttemptCounters?
  /// By the names of limits.
  let connectionLimitsHit: [String: UInt64]
  /// Of the listeners that encrypt.
  let encryption: [ListenerEncryption]
  /// Spans that no collector gets; nil: nothing is traced.
  let spansLeftOut: UInt64?
  /// One for each loop; none: not all loops answer.
  var reports: [LoopReport] = []

  var text: String {
    var samples = MetricSamples()
    addNode(to: &samples)
    addProcess(to: &samples)
    if !reports.isEmpty { addLoops(to: &samples) }
    return samples.text
  }

  private func addNode(to samples: inout MetricSamples) {
    samples.add(.buildInfo, 1, version)
    samples.add(.startTime, startedAt / 1_000)
    samples.add(.draining, isDraining ? 1 : 0)
    for check in health.checks { samples.add(.healthy, check.passed ? 1 : 0, check.name) }
    samples.add(.loopStalls, stalls)
    samples.add(.storeBatch, store.batches)
    if let free = storeSpace?.freeBytes { samples.add(.storeFree, free) }
    for listener in encryption {
      samples.add(.certificateExpiry, listener.certificateExpiry, listener.name)
      samples.add(.handshakeFailures, listener.handshakeFailures, listener.name)
    }
    if let spansLeftOut { samples.add(.spansLeftOut, spansLeftOut) }
    samples.add(.reloads, reloads.ok, "ok")
    samples.add(.reloads, reloads.failed, "failed")
    samples.add(.isLastReloadGood, reloads.lastSucceeded ? 1 : 0)
    if let keyFetches {
      samples.add(.keyFetches, keyFetches.ok, "ok")
      samples.add(.keyFetches, keyFetches.failed, "failed")
    }
  }

  private func addProcess(to samples: inout MetricSamples) {
    if let bytes = process.residentBytes { samples.add(.residentMemory, bytes) }
    if let open = process.openDescriptors { samples.add(.openDescriptors, open) }
    if let most = process.maxDescriptors { samples.add(.maxDescriptors, most) }
    if let seconds = process.cpuSeconds { samples.add(.cpu, real: seconds) }
    if let time = process.startTime { samples.add(.processStart, real: time) }
  }

  private func addLoops(to samples: inout MetricSamples) {
    var gauges = BrokerStatistics()
    var largestLag: UInt64 = 0
    for report in reports {
      gauges.add(report.gauges)
      largestLag = max(largestLag, report.gauges.largestLag)
    }
    samples.add(.sessions, gauges.sessions)
    samples.add(.sessionsLagging, gauges.laggingSessions)
    samples.add(.lag, largestLag)
    samples.add(.conversations, gauges.activeConversations)
    samples.add(.windowBytes, gauges.windowBytes)
    addCounters(to: &samples)
    samples.add(.publishDurable, sum { $0.latencies.durable })
    samples.add(.publishSocket, sum { $0.latencies.socket })
    samples.add(.loopDelay, sum { $0.delays })
    samples.add(.storeCommit, sum { $0.commits })
  }

  private func addCounters(to samples: inout MetricSamples) {
    samples.add(.framesReceived, sum { $0.counters.framesReceived })
    samples.add(.framesRefused, sum { $0.counters.framesRefused })
    samples.add(.bytesReceived, sum { $0.counters.bytesReceived })
    samples.add(.bytesSent, sum { $0.counters.bytesSent })
    samples.add(.published, sum { $0.counters.messagesPublished })
    samples.add(.deliveries, sum { $0.counters.deliveries })
    samples.add(.flushes, sum { $0.counters.flushes })
    samples.add(.gaps, sum { $0.counters.gaps })
    samples.add(.pagesRead, sum { $0.counters.pagesRead })
    samples.add(.storeErrors, sum { $0.storeErrors })
    // What has not happened yet is there with 0, so that its first time is seen as a rise.
    var opened: [String: UInt64] = [:]
    for format in WireFormat.allCases { opened[SessionInfo.Transport(format).rawValue] = 0 }
    let codes = Dictionary(
      uniqueKeysWithValues: ErrorCode.known.map { ($0.description, UInt64(0)) })
    var closed = codes
    closed["none"] = 0
    var publishErrors = codes
    var limitHits = Dictionary(
      (LimitNames.all + ConnectionLimit.allCases.map(\.rawValue)).map { ($0, UInt64(0)) },
      uniquingKeysWith: { first, _ in first })
    limitHits.merge(connectionLimitsHit, uniquingKeysWith: &+)
    var authFailures = Dictionary(
      uniqueKeysWithValues: AuthenticationFailure.Reason.allCases.map { ($0.rawValue, UInt64(0)) })
    for report in reports {
      for (format, count) in report.sessions.opened {
        opened[SessionInfo.Transport(format).rawValue, default: 0] &+= count
      }
      for (code, count) in report.sessions.closed {
        closed[code?.description ?? "none", default: 0] &+= count
      }
      for (code, count) in report.sessions.publishErrors {
        publishErrors[code.description, default: 0] &+= count
      }
      limitHits.merge(report.limitsHit, uniquingKeysWith: &+)
      for (reason, count) in report.authenticationFailures {
        authFailures[reason.rawValue, default: 0] &+= count
      }
    }
    samples.add(.sessionsOpened, opened)
    samples.add(.sessionsClosed, closed)
    samples.add(.publishErrors, publishErrors)
    samples.add(.limitHits, limitHits)
    samples.add(.authFailures, authFailures)
  }

  private func sum(_ value: (LoopReport) -> UInt64) -> UInt64 { reports.reduce(0) { $0 &+ value($1) } }

  private func sum(_ value: (LoopReport) -> LatencyHistogram) -> LatencyHistogram {
    reports.reduce(into: LatencyHistogram()) { $0.add(value($1)) }
  }
}
