import ArgumentParser

/// What commands with many conversations have in common.
struct ManyConversations: ParsableArguments {
  @Option(help: "Connections that publish, 1 to 1000.") var publishers = 100
  @Option(help: "Messages of a publisher that are on their way at a time, 1 to 65536.") var inFlight = 1
  @Option(help: "Bytes in a body, 24 to 65536.") var bytes = 128
  @Option(help: "A server to measure; may be repeated.") var server: [ServerKind] = [.broker]
  @OptionGroup var options: LabOptions

  func check(conversations: Int, subscribers: Int) throws {
    try Allowed.check("--conversations", conversations, 1...Scenario.mostConnections)
    try Allowed.check("--subscribers", subscribers, 1...(Scenario.mostConnections / conversations))
    try Allowed.check("--publishers", publishers, 1...min(1000, conversations))
    try Allowed.check("--in-flight", inFlight, Allowed.inFlight)
    try Allowed.check("--bytes", bytes, Allowed.bodies)
  }

  func run(series: String, conversations: Int, subscribers: Int) throws {
    try SingleRun(options: options, servers: server, series: series).run(
      .saturated(
        topics: conversations, subscribers: subscribers, publishers: publishers, inFlight: inFlight,
        bytes: bytes), seconds: 3)
  }
}
