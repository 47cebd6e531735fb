#if canImport(CEpoll)
  import Foundation

  extension Run {
    /// Connects, and stays until the parent says stop.
    mutating func holdIdle() throws {
      try connected(try connect(upTo: connectionCount))
      while !parent.hasStop {
        try round(until: Clock.now() + Self.progressInterval)
        try giveSignsOfLife(Clock.now())
      }
    }

    /// Publishes what the sessions will miss; then opens them at once, and waits until each has all of it.
    mutating func resume() throws {
      try connected(try connect(upTo: workload.publishers))
      publishLimit = UInt64(workload.behind) * UInt64(workload.topics)
      try startPublishing()
      var giveUp = Clock.now() + Self.patience
      var before = receiver.total
      while receiver.acknowledgements < publishLimit {
        try round(until: Clock.now() + Self.progressInterval)
        if receiver.total > before {
          before = receiver.total
          giveUp = Clock.now() + Self.patience
        } else if Clock.now() > giveUp {
          throw GeneratorFailure("\(before) of \(publishLimit) publishes were acknowledged")
        }
      }
      isPublishing = false
      try awaitGo()
      try parent.send(GeneratorEvent(.started))
      try storm()
    }

    /// resume: a session's latency is the time from the start until it has everything.
    mutating func noteCompletion(_ connection: UnsafeMutablePointer<Connection>, since before: UInt64) {
      let behind = UInt64(workload.behind)
      guard before < behind, connection.pointee.expected >= behind else { return }
      receiver.latency.sample(scheduled: receiver.latency.window.lowerBound, now: receiver.now)
    }

    private mutating func storm() throws {
      let mark = mark()
      nextProgress = mark.time + Self.progressInterval
      // From here on the latencies are those of whole sessions.
      receiver.latency = LatencyRecorder(every: 1)
      receiver.latency.window = mark.time..<mark.time + 1
      let expected = UInt64(workload.behind) * UInt64(workload.subscribers)
      let handshakes = workload.handshakes ?? 512
      var giveUp = mark.time + Self.patience
      var before = receiver.total
      while receiver.accounted < expected, Clock.now() < giveUp {
        while opened < connectionCount, opened - ready < handshakes { try openNext() }
        try round(until: Clock.now() + Self.progressInterval)
        try progress(Clock.now(), mark)
        if receiver.total > before {
          before = receiver.total
          giveUp = Clock.now() + Self.patience
        }
      }
      let outcome = outcome(since: mark)
      var event = GeneratorEvent(.finished)
      event.outcome = outcome
      try parent.send(event)
      let quietUntil = Clock.now() + Self.quietTime
      while Clock.now() < quietUntil { try round(until: quietUntil) }
      try verified(outcome)
    }
  }
#endif
