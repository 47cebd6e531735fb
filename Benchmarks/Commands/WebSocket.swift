import ArgumentParser

/// What WebSocket costs more than TCP.
struct WebSocket: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "websocket",
    abstract: "Compare deliveries over WebSocket with those over TCP, interleaved.",
    discussion: """
      The same broker three times: with subscribers over TCP, over WebSocket with protobuf, and over WebSocket with \
      JSON. Publishers come over TCP each time, so that only the deliveries differ. The scenarios are those of \
      compare. What counts is the server's CPU time for a delivery, as a ratio within each round.

      EXAMPLES
        benchmarks websocket
        benchmarks websocket --scenarios C,E --rounds 5 --seconds 2
      """)

  private static let servers: [ServerKind] = [.broker, .brokerWebSocket, .brokerJSON]

  @Option(help: ArgumentHelp("Scenarios, with commas between.", valueName: "list"))
  var scenarios = "A,A8,A1,B,C,E,G"
  @Option(help: "Rounds, 1 to 100.") var rounds = 3
  @Option(help: ArgumentHelp("Write the results to this file, for report.", valueName: "file")) var output:
    String?
  @OptionGroup var options: LabOptions

  func validate() throws {
    try Allowed.check("--rounds", rounds, 1...100)
    _ = try List.read("--scenarios", scenarios, of: Scenario.self)
  }

  func run() throws {
    let lab = options.lab
    let scenarios = try List.read("--scenarios", scenarios, of: Scenario.self)
    var results = Results(servers: try lab.available(Self.servers))
    let comparison = Comparison(
      lab: lab, servers: Self.servers, rounds: rounds, seconds: options.seconds ?? 3, warmup: options.warmup)
    for scenario in scenarios {
      try comparison.run([scenario], into: &results)
      if !options.json { print(ScenarioReport(scenario: scenario, results: results).text + "\n") }
    }
    print(options.json ? try Format.json(results) : Self.text(scenarios, results))
    if let output { try results.write(to: output) }
    try Verdict.check(results)
  }

  /// All scenarios in one table.
  static func text(_ scenarios: [Scenario], _ results: Results) -> String {
    var table = Table(["CPU-s for a million", "TCP", "WebSocket", ": TCP", "target", "JSON", ": TCP"])
    for scenario in scenarios {
      let report = ScenarioReport(scenario: scenario, results: results)
      func cost(_ server: ServerKind) -> String {
        let spread = results.spread(scenario.rawValue, server) { $0.cpuSecondsPerMillion }
        return spread.map { Format.number($0.median) } ?? "–"
      }
      let ratio = report.webSocketRatio(.brokerWebSocket)
      let verdict = ratio.map { $0.median <= Target.webSocketRatio ? "holds" : "missed" } ?? "–"
      table.add([
        scenario.rawValue, cost(.broker), cost(.brokerWebSocket), ratio?.text() ?? "–",
        "≤ \(Target.webSocketRatio): \(verdict)", cost(.brokerJSON),
        report.webSocketRatio(.brokerJSON)?.text() ?? "–",
      ])
    }
    return table.text()
  }
}
