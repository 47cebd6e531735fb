import ArgumentParser

/// Many sessions come back at once.
struct Resume: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Let many sessions come back at once, each with messages to catch up.",
    discussion: """
      Once all follow one conversation, which somebody else kept in the broker's memory; once each has a conversation \
      of its own, which the broker must read from its store.

      EXAMPLES
        benchmarks resume
        benchmarks resume --sessions 1000 --behind 1000
      """)

  /// Connections that publish what the sessions miss.
  private static let publishers = 16

  private struct Part {
    var series: String
    var title: String
    var follower: String?
    /// Messages a second.
    var least: Double
  }

  private static let parts = [
    Part(
      series: "resume/window", title: "one conversation, from the window", follower: "broadcast:bench-0",
      least: 1_000_000),
    Part(
      series: "resume/store", title: "a conversation for each session, from the store", follower: nil,
      least: 200_000),
  ]

  @Option(help: "Sessions that come back, 1 to 18000.") var sessions = 10_000
  @Option(help: "Messages that each is behind, 1 to 10000.") var behind = 100
  @Option(help: "Bytes in a body, 24 to 65536.") var bytes = 128
  @OptionGroup var options: LabOptions

  func validate() throws {
    try Allowed.check("--sessions", sessions, 1...Scenario.mostConnections)
    try Allowed.check("--behind", behind, 1...10_000)
    try Allowed.check("--bytes", bytes, Allowed.bodies)
  }

  func run() throws {
    let lab = options.lab
    var results = Results(servers: [.brokerStored])
    for part in Self.parts {
      let measurement = try lab.measure(
        .brokerStored, workload(part), label: part.title, extras: Lab.Extras(follower: part.follower))
      results.samples.append(Sample(series: part.series, round: 1, measurement: measurement))
      guard !options.json else { continue }
      let word = measurement.perSecond >= part.least ? "holds" : "missed"
      print(
        """
        \(measurement.workload.title), \(part.title)
        \(Summary(measurement: measurement).text)
          target ≥ \(Format.count(part.least)) deliveries a second: \(word)

        """)
    }
    if options.json { print(try Format.json(results)) }
    try Verdict.check(results)
  }

  private func workload(_ part: Part) -> Workload {
    var workload = Workload(dialect: .chat, kind: .resume, port: 0)
    workload.topics = part.follower == nil ? sessions : 1
    workload.publishers = min(Self.publishers, workload.topics)
    workload.subscribers = sessions
    workload.behind = behind
    workload.bytes = bytes
    workload.durable = true
    return workload
  }
}
