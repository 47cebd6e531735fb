import ArgumentParser

@main
struct Benchmarks: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmarks",
    abstract: "Measures the broker on this machine, beside others.",
    discussion: """
      Without a sub-command: a tour of two minutes. The server has one core, the load another; every delivery is \
      checked. Build with -c release, or the figures mean nothing.

      EXAMPLES
        swift run -c release benchmarks
        swift run -c release benchmarks compare --scenarios A,B --against limit,redis
        swift run -c release benchmarks report --output report.html
      """,
    subcommands: [
      Tour.self, Fanout.self, Groups.self, Direct.self, Paced.self, Idle.self, Durable.self, Resume.self,
      Replay.self, Codec.self, Compare.self, WebSocket.self, Report.self, Gate.self, Generate.self,
    ],
    defaultSubcommand: Tour.self)
}
