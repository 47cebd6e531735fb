import ArgumentParser

/// A steady rate, to see latency.
struct Paced: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Publish at a steady rate and measure latency from the time a message was due.",
    discussion: """
      With --idle or --stalled it measures with and without them, one after the other, and says how far the others \
      feel it.

      EXAMPLES
        benchmarks paced --rate 500
        benchmarks paced --server broker --server redis --server nats
        benchmarks paced --idle 9000
        benchmarks paced --stalled 100 --rate 500 --seconds 20
      """)

  /// p99 may grow by so much when others idle or do not read.
  private static let mostGrowth = 1.2

  @Option(help: "Messages a second, 0.1 to 1000000.") var rate = 100.0
  @Option(help: "Connections that follow the conversation, 1 to 18000.") var subscribers = 1000
  @Option(help: "Connections besides that do nothing.") var idle = 0
  @Option(help: "Subscribers that never read.") var stalled = 0
  @Option(help: "Rounds with --idle or --stalled, 1 to 100.") var rounds = 3
  @Option(help: "Bytes in a body, 24 to 65536.") var bytes = 128
  @Option(help: "A server to measure; may be repeated.") var server: [ServerKind] = [.broker]
  @OptionGroup var options: LabOptions

  func validate() throws {
    try Allowed.check("--rate", rate, 0.1...1_000_000)
    try Allowed.check("--subscribers", subscribers, 1...Scenario.mostConnections)
    try Allowed.check("--idle", idle, 0...(Scenario.mostConnections - subscribers))
    try Allowed.check("--stalled", stalled, 0...(subscribers - 1))
    try Allowed.check("--rounds", rounds, 1...100)
    try Allowed.check("--bytes", bytes, Allowed.bodies)
  }

  func run() throws {
    let plain = Workload.paced(subscribers: subscribers, rate: rate, bytes: bytes)
    guard idle > 0 || stalled > 0 else {
      return try SingleRun(options: options, servers: server, series: "paced").run(plain, seconds: 5)
    }
    var disturbed = plain
    disturbed.idle = idle
    disturbed.stalled = stalled
    try compare(options.timed(plain, seconds: 5), options.timed(disturbed, seconds: 5))
  }

  private func compare(_ plain: Workload, _ disturbed: Workload) throws {
    let lab = options.lab
    let servers = try lab.available(server)
    var results = Results(servers: servers)
    for round in 1...rounds {
      for server in servers {
        for (series, workload) in [("plain", plain), ("disturbed", disturbed)] {
          let measurement = try lab.measure(server, workload, label: "\(series), round \(round) of \(rounds)")
          results.samples.append(Sample(series: series, round: round, measurement: measurement))
        }
      }
    }
    if options.json {
      print(try Format.json(results))
    } else {
      print("\(disturbed.title)\n")
      for server in servers { report(server, results) }
    }
    try Verdict.check(results)
  }

  private func report(_ server: ServerKind, _ results: Results) {
    var table = Table([server.title, "p50 ms", "p99 ms", "p99.9 ms", "max ms"])
    for (series, name) in [("plain", "without them"), ("disturbed", "with them")] {
      let values: [(Measurement) -> Double] = [
        { $0.outcome.latency.p50 }, { $0.outcome.latency.p99 }, { $0.outcome.latency.p999 },
        { $0.outcome.latency.max },
      ]
      table.add(
        [name] + values.map { results.spread(series, server, $0)?.text(Format.milliseconds) ?? "–" })
    }
    print(table.text())
    let growth = Spread(
      zip(results.measurements("disturbed", server), results.measurements("plain", server)).map {
        $0.outcome.latency.p99 / $1.outcome.latency.p99
      })
    if let growth {
      let word = growth.median <= Self.mostGrowth ? "holds" : "missed"
      print("  p99 with : without   \(growth.text())   target ≤ \(Self.mostGrowth): \(word)")
    }
    if stalled > 0 {
      let memory = results.spread("disturbed", server) { Double($0.loadedMemory.anonymousBytes) }
      print("  memory of the server under load   \(memory?.text(Format.bytes) ?? "–")")
    }
    print("")
  }
}
