/// One workload on some servers, one after the other, each in words.
struct SingleRun {
  let options: LabOptions
  let servers: [ServerKind]
  let series: String

  func run(_ workload: Workload, seconds: Double) throws {
    let lab = options.lab
    let workload = options.timed(workload, seconds: seconds)
    let available = try lab.available(servers)
    var results = Results(servers: available)
    if !options.json { print("\(series): \(workload.title)") }
    for server in available {
      let measurement = try lab.measure(server, workload, label: series)
      results.samples.append(Sample(series: series, round: 1, measurement: measurement))
      if !options.json { print("\n" + Summary(measurement: measurement).text) }
    }
    if options.json { print(try Format.json(results)) }
    try Verdict.check(results)
  }
}
