#if canImport(CEpoll)
  import Foundation

  extension Run {
    /// Counters at the start of the measured time.
    struct Mark {
      var time = Clock.now()
      var cpu = Clock.cpu()
      var waited: UInt64 = 0
      var deliveries: UInt64 = 0
      var publishes: UInt64 = 0
      var receivedBytes: UInt64 = 0
      var sentBytes: UInt64 = 0
    }

    mutating func mark() -> Mark {
      Mark(
        waited: poller.waited, deliveries: receiver.total, publishes: publishes,
        receivedBytes: receivedBytes, sentBytes: sentBytes)
    }

    /// saturated, paced and durable.
    mutating func measure() throws {
      let seconds = try connect(upTo: connectionCount)
      try connected(seconds)
      try awaitGo()
      let start = Clock.now()
      let from = start + Clock.nanoseconds(workload.warmup)
      let to = from + Clock.nanoseconds(workload.seconds)
      receiver.latency.window = from..<to
      if workload.kind == .paced {
        schedule = Schedule(start: start, rate: workload.rate, end: to)
      } else {
        try startPublishing()
      }
      try spend(until: from)
      var event = GeneratorEvent(.started)
      try parent.send(event)
      let mark = mark()
      nextProgress = mark.time + Self.progressInterval
      try spend(until: to, since: mark)
      isPublishing = false
      event = GeneratorEvent(.finished)
      var outcome = outcome(since: mark)
      event.outcome = outcome
      try parent.send(event)
      try drain()
      outcome.latency = receiver.latency.summary
      try verified(outcome)
    }

    /// Handles events until then, and publishes what is due.
    private mutating func spend(until end: UInt64, since mark: Mark? = nil) throws {
      while true {
        let now = Clock.now()
        try publishDue(now)
        if now >= end { return }
        if let mark { try progress(now, mark) }
        try giveSignsOfLife(now)
        try round(until: min(end, now + Self.progressInterval, schedule?.due ?? .max))
      }
    }

    /// Waits for what is in flight.
    private mutating func drain() throws {
      var giveUp = Clock.now() + Self.patience
      var before = receiver.total
      while Clock.now() < giveUp, !isDrained {
        try round(until: Clock.now() + Self.quietTime)
        if receiver.total != before {
          before = receiver.total
          giveUp = Clock.now() + Self.patience
        }
      }
      let quietUntil = Clock.now() + Self.quietTime
      while Clock.now() < quietUntil { try round(until: quietUntil) }
    }

    private var isDrained: Bool {
      if workload.kind == .durable { return receiver.acknowledgements == publishes }
      if workload.dialect == .chat, workload.wantsAnswers, receiver.acknowledgements < publishes {
        return false
      }
      return receiver.accounted == expectedDeliveries
    }

    private var expectedDeliveries: UInt64 {
      (0..<workload.topics).reduce(0) {
        $0 + published[$1] * UInt64(receiver.window.readers(topic: $1))
      }
    }

    mutating func connected(_ seconds: Double) throws {
      var event = GeneratorEvent(.connected)
      event.connections = ready
      event.connectSeconds = seconds
      try parent.send(event)
    }

    mutating func awaitGo() throws {
      while !parent.hasGo {
        guard !parent.hasStop else { throw GeneratorFailure("the parent is gone") }
        try round(until: Clock.now() + Self.progressInterval)
        try giveSignsOfLife(Clock.now())
      }
    }

    mutating func progress(_ now: UInt64, _ mark: Mark) throws {
      guard now >= nextProgress else { return }
      nextProgress = now + Self.progressInterval
      var event = GeneratorEvent(.progress)
      event.deliveries = receiver.total - mark.deliveries
      try parent.send(event)
    }

    mutating func outcome(since mark: Mark) -> Outcome {
      let elapsed = Double(Clock.now() - mark.time) / 1e9
      return Outcome(
        deliveries: receiver.total - mark.deliveries, publishes: publishes - mark.publishes,
        seconds: elapsed, receivedBytes: receivedBytes - mark.receivedBytes,
        sentBytes: sentBytes - mark.sentBytes, latency: receiver.latency.summary,
        latencySampling: receiver.latency.every, cpuSeconds: Double(Clock.cpu() - mark.cpu) / 1e9,
        waitShare: Double(poller.waited - mark.waited) / 1e9 / elapsed)
    }

    /// Counts what never came, and ends.
    mutating func verified(_ outcome: Outcome) throws {
      var lost = receiver.verifier.lost
      if workload.kind == .durable {
        lost += publishes - receiver.acknowledgements
      } else {
        for number in 0..<opened where connections[number].role == .subscriber {
          let sent = published[Int(connections[number].topic)]
          lost += sent - min(sent, connections[number].expected)
        }
      }
      var event = GeneratorEvent(.verified)
      event.lost = lost
      event.duplicated = receiver.verifier.duplicated
      event.reordered = receiver.verifier.reordered
      event.corrupt = receiver.verifier.corrupt
      event.outcome = outcome
      try parent.send(event)
    }
  }
#endif
