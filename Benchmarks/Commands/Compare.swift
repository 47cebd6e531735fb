import ArgumentParser

/// Us and the others, side by side.
struct Compare: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare with other brokers and with a minimal C server, interleaved.",
    discussion: """
      Scenarios, 128-byte bodies unless said:
        A     1 conversation × 1,000 subscribers, 128 messages in flight; A8: 8; A1: one
        B     1,000 conversations × 10, 100 publishers
        C     5,000 conversations × 1, 100 publishers
        D100  1 × 1,000 at 100 messages a second; D500: 500
        E     A with bodies of 4 KiB
        G     1 × 10,000, 128 in flight
      Servers: limit, nats, redis, mosquitto; broker-stored, which is ours with everything stored; broker-websocket \
      and broker-json, whose subscribers come over WebSocket and whose publishers over TCP.

      EXAMPLES
        benchmarks compare
        benchmarks compare --scenarios A,B --against limit,redis --rounds 5
        benchmarks compare --scenarios A,B,C,G --against broker-stored --output stored.json
        benchmarks compare --scenarios C --against limit --rounds 10 --in-turn
      """)

  @Option(
    help: ArgumentHelp(
      "Scenarios, with commas between. Default: all that can be measured so.", valueName: "list"))
  var scenarios: String?
  @Option(help: ArgumentHelp("Servers to compare with, with commas between.", valueName: "list"))
  var against = "limit,nats,redis,mosquitto"
  @Option(help: "Rounds, 1 to 100.") var rounds = 3
  @Option(help: ArgumentHelp("Write the results to this file, for report.", valueName: "file")) var output:
    String?
  @Flag(
    help: ArgumentHelp(
      "Run all servers at once, each with the cores for 0.15 s at a time.",
      discussion: """
        For CPU time on a machine with noisy neighbours: all servers meet the same moments of it. Latencies would have the \
        pauses in them, so there are none, and no paced scenarios.
        """)) var inTurn = false
  @OptionGroup var options: LabOptions

  func validate() throws {
    try Allowed.check("--rounds", rounds, 1...100)
    let servers = try List.read("--against", against, of: ServerKind.self)
    guard !inTurn || output == nil else {
      throw ValidationError(
        "--in-turn has no latencies, which a report shows: leave out --output or --in-turn")
    }
    for scenario in try chosen() where inTurn && scenario.isPaced {
      throw ValidationError(
        "--in-turn has no latencies, and \(scenario.rawValue) is about them: leave out one of the two")
    }
    for server in servers where ServerKind.durablePeers.contains(server) {
      throw ValidationError("--against \(server.rawValue) stores messages: see benchmarks durable")
    }
  }

  func chosen() throws -> [Scenario] {
    guard let scenarios else { return Scenario.allCases.filter { !inTurn || !$0.isPaced } }
    return try List.read("--scenarios", scenarios, of: Scenario.self)
  }

  func run() throws {
    let lab = options.lab
    let others = try List.read("--against", against, of: ServerKind.self).filter { $0 != .broker }
    let servers = try lab.available([.broker] + others)
    var results = Results(servers: servers)
    let comparison = Comparison(
      lab: lab, servers: servers, rounds: rounds, seconds: options.seconds ?? 3, warmup: options.warmup,
      inTurn: inTurn)
    for scenario in try chosen() {
      try comparison.run([scenario], into: &results)
      if !options.json { print(ScenarioReport(scenario: scenario, results: results).text + "\n") }
    }
    if options.json { print(try Format.json(results)) }
    if let output { try results.write(to: output) }
    try Verdict.check(results)
  }
}
