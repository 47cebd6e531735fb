import ArgumentParser

/// What a connection costs that does nothing.
struct Idle: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Open sessions that do nothing and see what they cost.",
    discussion: """
      EXAMPLES
        benchmarks idle
        benchmarks idle --sessions 1000 --sessions 5000 --sessions 10000 --server broker --server nats
      """)

  /// Our own targets.
  static let mostBytes = 6.0 * 1024
  static let leastConnects = 15_000.0

  @Option(help: "Sessions, 1 to 18000; may be repeated.") var sessions: [Int] = [10_000]
  @Option(help: "A server to measure; may be repeated.") var server: [ServerKind] = [
    .broker, .limit, .nats, .redis, .mosquitto,
  ]
  @Option(help: ArgumentHelp("Write the results to this file, for report.", valueName: "file")) var output:
    String?
  @OptionGroup var options: LabOptions

  func validate() throws {
    for number in sessions { try Allowed.check("--sessions", number, 1...Scenario.mostConnections) }
  }

  func run() throws {
    let lab = options.lab
    let servers = try lab.available(server)
    var results = Results(servers: servers)
    for number in sessions { try Self.measure(number, servers, lab, into: &results) }
    if options.json {
      print(try Format.json(results))
    } else {
      for number in sessions { print(Self.text(number, servers, results) + "\n") }
    }
    if let output { try results.write(to: output) }
  }

  static func series(_ sessions: Int) -> String { "idle/\(sessions)" }

  static func measure(_ sessions: Int, _ servers: [ServerKind], _ lab: Lab, into results: inout Results)
    throws
  {
    for server in servers {
      let measurement = try lab.measure(server, .idle(sessions: sessions), label: "\(sessions) idle sessions")
      results.samples.append(Sample(series: series(sessions), round: 1, measurement: measurement))
    }
  }

  static func text(_ sessions: Int, _ servers: [ServerKind], _ results: Results) -> String {
    var table = Table([
      "\(Format.count(sessions)) sessions", "own memory each", "kernel memory each, both ends", "connects/s",
    ])
    var verdict = ""
    for server in servers {
      guard let measurement = results.measurements(series(sessions), server).first else { continue }
      table.add([
        server.title, Format.bytes(measurement.bytesPerConnection),
        Format.bytes(measurement.kernelBytesPerConnection), Format.count(measurement.connectsPerSecond),
      ])
      if server == .broker {
        let small = measurement.bytesPerConnection <= mostBytes ? "holds" : "missed"
        let quick = measurement.connectsPerSecond >= leastConnects ? "holds" : "missed"
        verdict =
          "\n  target ≤ 6 KiB own memory each: \(small); target ≥ \(Format.count(leastConnects)) connects/s: \(quick)"
      }
    }
    return table.text() + verdict
  }
}
