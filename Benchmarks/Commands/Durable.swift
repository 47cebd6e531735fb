import ArgumentParser

/// Publishes that are answered once they are stored.
struct Durable: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Publish and wait for the answer that the message is stored.",
    discussion: """
      EXAMPLES
        benchmarks durable
        benchmarks durable --publishers 256 --rounds 5 --against redis-streams
      """)

  @Option(help: "Connections that publish, 1 to 10000; may be repeated.") var publishers: [Int] = [64, 256]
  @Option(
    help: "Where they publish to: together, to one conversation, or apart, to one each; may be repeated.")
  var conversations: [DurableShape] = DurableShape.allCases
  @Option(help: "Messages of a publisher without an answer at a time, 1 to 1024.") var inFlight = 1
  @Option(help: "Bytes in a body, 24 to 65536.") var bytes = 128
  @Option(help: "Rounds, 1 to 100.") var rounds = 3
  @Option(help: "A server to compare with; may be repeated.") var against: [ServerKind] = ServerKind
    .durablePeers
  @Option(help: ArgumentHelp("Write the results to this file, for report.", valueName: "file")) var output:
    String?
  @OptionGroup var options: LabOptions

  func validate() throws {
    for number in publishers { try Allowed.check("--publishers", number, 1...10_000) }
    try Allowed.check("--in-flight", inFlight, 1...1024)
    try Allowed.check("--bytes", bytes, Allowed.bodies)
    try Allowed.check("--rounds", rounds, 1...100)
    for server in against where !ServerKind.durablePeers.contains(server) {
      throw ValidationError("--against \(server.rawValue) stores nothing: use redis-streams or jetstream")
    }
  }

  func run() throws {
    let lab = options.lab
    let servers = try lab.available([.brokerStored, .brokerRepeats] + against)
    var results = Results(servers: servers)
    for round in 1...rounds {
      for number in publishers {
        for shape in conversations {
          let workload = options.timed(
            .durable(publishers: number, shape: shape, inFlight: inFlight, bytes: bytes), seconds: 3)
          for server in round.isMultiple(of: 2) ? servers.reversed() : servers {
            let measurement = try lab.measure(
              server, workload, label: "\(number) publishers \(shape), round \(round) of \(rounds)")
            results.samples.append(
              Sample(series: Self.series(number, shape), round: round, measurement: measurement))
          }
        }
      }
    }
    if options.json {
      print(try Format.json(results))
    } else {
      for number in publishers {
        for shape in conversations { print(Self.text(Self.series(number, shape), results) + "\n") }
      }
      print("What an answer means:")
      for server in servers { print("  \(server.title): \(server.guarantee)") }
    }
    if let output { try results.write(to: output) }
    try Verdict.check(results)
  }

  static func series(_ publishers: Int, _ shape: DurableShape = .together) -> String {
    "durable/\(publishers)/\(shape.rawValue)"
  }

  static func text(_ series: String, _ results: Results) -> String {
    let servers = results.servers(series)
    var table = Table(["", "answers/s", "CPU-s for a million", "p50 ms", "p99 ms"])
    for server in servers {
      table.add([
        server.title, results.spread(series, server) { $0.perSecond }?.text(Format.count) ?? "–",
        results.spread(series, server) { $0.cpuSecondsPerMillion }?.text() ?? "–",
        results.spread(series, server) { $0.outcome.latency.p50 }?.text(Format.milliseconds) ?? "–",
        results.spread(series, server) { $0.outcome.latency.p99 }?.text(Format.milliseconds) ?? "–",
      ])
    }
    var lines = [
      results.samples.first { $0.series == series }?.measurement.workload.title ?? series, table.text(),
    ]
    for ours in [ServerKind.brokerStored, .brokerRepeats] {
      guard let ratio = results.ratio(series, ours, .redisStreams, { $0.perSecond }) else { continue }
      lines.append(
        "  \(ours.title) : Redis streams   \(ratio.text())   "
          + "target ≥ 1: \(ratio.median >= 1 ? "holds" : "missed")")
    }
    return lines.joined(separator: "\n")
  }
}
