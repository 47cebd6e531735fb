/// Scenarios on several servers, interleaved: A B A B, or in turn.
struct Comparison {
  let lab: Lab
  let servers: [ServerKind]
  let rounds: Int
  let seconds: Double
  let warmup: Double
  /// All at once, each with the cores for a moment at a time.
  var inTurn = false

  func run(_ scenarios: [Scenario], into results: inout Results) throws {
    for scenario in scenarios {
      let workload = scenario.workload.lasting(seconds, warmup: warmup)
      for round in 1...rounds {
        // Every other round backwards, so that a drift of the machine favours nobody.
        let servers = round.isMultiple(of: 2) ? servers.reversed() : servers
        let label = "\(scenario.rawValue), round \(round) of \(rounds)"
        for measurement in try measure(servers, workload, label) {
          results.samples.append(Sample(series: scenario.rawValue, round: round, measurement: measurement))
        }
      }
    }
  }

  private func measure(_ servers: [ServerKind], _ workload: Workload, _ label: String) throws -> [Measurement]
  {
    if inTurn { return try lab.measureInTurn(servers, workload, label: label) }
    return try servers.compactMap { server in
      do {
        return try lab.measure(server, workload, label: label)
      } catch let error as BenchmarkError where server.isPeer {
        // A peer that cannot do the work is a result, too.
        Note.write("\(error)")
        return nil
      }
    }
  }
}
