import ArgumentParser

/// One conversation, many subscribers.
struct Fanout: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Publish to one conversation that many follow, as fast as it goes.",
    discussion: """
      EXAMPLES
        benchmarks fanout
        benchmarks fanout --subscribers 10000 --in-flight 8 --server broker --server limit
        benchmarks fanout --server broker --server broker-stored --json
      """)

  @Option(help: "Connections that follow the conversation, 1 to 18000.") var subscribers = 1000
  @Option(help: "Messages that are on their way at a time, 1 to 65536.") var inFlight = 128
  @Option(help: "Bytes in a body, 24 to 65536.") var bytes = 128
  @Option(help: "A server to measure; may be repeated.") var server: [ServerKind] = [.broker]
  @OptionGroup var options: LabOptions

  func validate() throws {
    try Allowed.check("--subscribers", subscribers, 1...Scenario.mostConnections)
    try Allowed.check("--in-flight", inFlight, Allowed.inFlight)
    try Allowed.check("--bytes", bytes, Allowed.bodies)
  }

  func run() throws {
    try SingleRun(options: options, servers: server, series: "fanout").run(
      .saturated(subscribers: subscribers, inFlight: inFlight, bytes: bytes), seconds: 3)
  }
}
