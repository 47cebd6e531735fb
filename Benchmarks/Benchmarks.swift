import ArgumentParser

@main
struct Benchmarks: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmarks",
    abstract: "Measures the broker on this machine.",
    discussion: """
      Build with -c release, or the figures mean nothing.

      Examples:
        swift run -c release benchmarks codec
        swift run -c release benchmarks fanout --subscribers 100 --messages 2000
      """,
    subcommands: [Codec.self, Fanout.self])
}
