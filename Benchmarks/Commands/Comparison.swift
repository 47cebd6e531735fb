/// Scenarios on several servers, interleaved: A B A B.
struct Comparison {
  let lab: Lab
  let servers: [ServerKind]
  let rounds: Int
  let seconds: Double
  let warmup: Double

  func run(_ scenarios: [Scenario], into results: inout Results) throws {
    for scenario in scenarios {
      let workload = scenario.workload.lasting(seconds, warmup: warmup)
      for round in 1...rounds {
        // Every other round backwards, so that a drift of the machine favours nobody.
        for server in round.isMultiple(of: 2) ? servers.reversed() : servers {
          let label = "\(scenario.rawValue), round \(round) of \(rounds)"
          do {
            let measurement = try lab.measure(server, workload, label: label)
            results.samples.append(
              Sample(series: scenario.rawValue, round: round, measurement: measurement))
          } catch let error as BenchmarkError where server.isPeer {
            // A peer that cannot do the work is a result, too.
            Note.write("\(error)")
          }
        }
      }
    }
  }
}
