import ArgumentParser

/// Two minutes, and one table that tells where we stand.
struct Tour: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measure a little of everything in two minutes (the default).",
    discussion: """
      EXAMPLES
        benchmarks
        benchmarks tour --output tour.json
      """)

  private static let scenarios: [(Scenario, String)] = [
    (.A, "1 conversation, 1,000 readers, flat out"), (.A1, "the same, one message at a time"),
    (.B, "1,000 groups of 10"), (.C, "5,000 pairs"),
  ]
  private static let sessions = 5000
  private static let publishers = 64

  @Option(help: ArgumentHelp("Write the results to this file, for report.", valueName: "file")) var output:
    String?
  @OptionGroup var options: LabOptions

  func run() throws {
    let lab = options.lab
    let live = try lab.available([.broker, .limit] + ServerKind.livePeers)
    let stored = try lab.available([.brokerStored] + ServerKind.durablePeers)
    var results = Results(servers: live + stored)
    if !options.json {
      Note.write(
        "About two minutes. Each server alone on core \(options.serverCore), the load on core \(options.generatorCore)."
      )
    }
    let comparison = Comparison(
      lab: lab, servers: live, rounds: 1, seconds: options.seconds ?? 2, warmup: options.warmup)
    try comparison.run(Self.scenarios.map(\.0) + [.D100], into: &results)
    try Idle.measure(Self.sessions, live, lab, into: &results)
    let workload = options.timed(.durable(publishers: Self.publishers), seconds: 1)
    for server in stored {
      let measurement = try lab.measure(server, workload, label: "durable")
      results.samples.append(
        Sample(series: Durable.series(Self.publishers), round: 1, measurement: measurement))
    }
    print(options.json ? try Format.json(results) : text(results, live, stored))
    if let output { try results.write(to: output) }
    try Verdict.check(results)
  }

  private func text(_ results: Results, _ live: [ServerKind], _ stored: [ServerKind]) -> String {
    var table = Table([""] + live.map(\.title))
    func row(_ name: String, _ series: String, _ value: (Measurement) -> String) {
      table.add([name] + live.map { results.measurements(series, $0).first.map(value) ?? "–" })
    }
    for (scenario, name) in Self.scenarios {
      row(name, scenario.rawValue) { Format.number($0.cpuSecondsPerMillion) }
    }
    row("p50 at 100 messages/s × 1,000, ms", Scenario.D100.rawValue) {
      Format.milliseconds($0.outcome.latency.p50)
    }
    row("p99", Scenario.D100.rawValue) { Format.milliseconds($0.outcome.latency.p99) }
    row("memory of an idle session", Idle.series(Self.sessions)) { Format.bytes($0.bytesPerConnection) }
    row("connects a second", Idle.series(Self.sessions)) { Format.count($0.connectsPerSecond) }
    var text = """
      First four lines: seconds of CPU that the server needs for a million deliveries, less is better.
      "limit" is a C program that does nothing but pass bytes on.

      \(table.text())

      Messages stored a second, \(Self.publishers) publishers, each waits for its answer:
      """
    for server in stored {
      guard let measurement = results.measurements(Durable.series(Self.publishers), server).first else {
        continue
      }
      text += "\n  \(server.title): \(Format.count(measurement.perSecond)) (\(server.guarantee))"
    }
    let faults = results.samples.filter { $0.measurement.server.isOurs }.reduce(UInt64(0)) {
      $0 + $1.measurement.faults.total
    }
    text +=
      "\n\nOf ours, \(faults == 0 ? "nothing was lost, duplicated, out of order or corrupt" : "\(faults) deliveries were faulty")."
    text += "\nMore: benchmarks compare, benchmarks report, benchmarks --help"
    return text
  }
}
