/// What `report` measures when it is given no file.
struct ReportMeasurements {
  static let inFlight = 128
  private static let scenarios: [Scenario] = [.A, .A1, .B, .C, .D100, .D500]
  private static let subscribers = [1, 10, 100, 1000, 5000]
  private static let sessions = [1000, 4000, 10_000]
  private static let publishers = [64, 256]

  let options: LabOptions
  let rounds: Int

  func run() throws -> Results {
    let lab = options.lab
    let live = try lab.available([.broker, .limit] + ServerKind.livePeers)
    let stored = try lab.available([.brokerStored] + ServerKind.durablePeers)
    var results = Results(servers: live + stored)
    let seconds = options.seconds ?? 1.5
    let comparison = Comparison(
      lab: lab, servers: live, rounds: rounds, seconds: seconds, warmup: options.warmup)
    try comparison.run(Self.scenarios, into: &results)
    // What the shapes of the curves need, and no more.
    for number in Self.subscribers {
      for server in live {
        let workload = Workload.saturated(subscribers: number, inFlight: Self.inFlight)
          .lasting(1, warmup: options.warmup)
        let measurement = try lab.measure(server, workload, label: "\(number) subscribers")
        results.samples.append(Sample(series: "subscribers/\(number)", round: 1, measurement: measurement))
      }
    }
    for number in Self.sessions { try Idle.measure(number, live, lab, into: &results) }
    for round in 1...rounds {
      for number in Self.publishers {
        let workload = options.timed(.durable(publishers: number), seconds: 1.5)
        for server in stored {
          let measurement = try lab.measure(server, workload, label: "\(number) publishers, round \(round)")
          results.samples.append(
            Sample(series: Durable.series(number), round: round, measurement: measurement))
        }
      }
    }
    return results
  }
}
