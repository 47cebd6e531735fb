import ArgumentParser

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// Kills a broker under load again and again, and checks that it kept its promises.
@main
struct CrashCheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "crash-check",
    abstract: "Kills a broker under load again and again, and checks that it kept its promises.",
    subcommands: [Run.self], defaultSubcommand: Run.self)

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Runs and checks.",
      discussion: """
        Every acknowledged message must be in history exactly once, in order, without holes; every subscriber \
        must have seen each sequence exactly once. Exit code: 0 ok, 1 promises broken, 2 the run failed.
        """)

    @Option(help: "Path of the chat-broker executable.")
    var broker = ".build/debug/chat-broker"

    @Option(help: "How often the broker is killed.")
    var rounds = 200

    @Option(help: "Makes the times and addresses of another run; by default a random one.")
    var seed: UInt64?

    @Option(help: "Clients that publish.")
    var publishers = 8

    @Option(help: "Clients that listen.")
    var subscribers = 4

    @Option(help: "Conversations, groups and broadcasts in turn.")
    var conversations = 3

    @Option(help: "The broker lives at least this many milliseconds.")
    var minimumLife = 50

    @Option(help: "The broker lives at most this many milliseconds.")
    var maximumLife = 400

    @Option(help: "The broker's port; by default a free one.")
    var port: UInt16?

    func validate() throws {
      guard rounds > 0, publishers > 0, subscribers > 0, conversations > 0 else {
        throw ValidationError("rounds, publishers, subscribers and conversations must be above 0")
      }
      guard (0...maximumLife).contains(minimumLife) else {
        throw ValidationError("--minimum-life must be 0 to --maximum-life")
      }
    }

    func run() async throws {
      do {
        let isGood = try await check()
        if !isGood { throw ExitCode(1) }
      } catch let error as RunError {
        printLine("FAILED: \(error)")
        throw ExitCode(2)
      }
    }

    private func check() async throws -> Bool {
      let directory = try WorkDirectory()
      let seed = seed ?? .random(in: 0...UInt64(UInt32.max))
      let configuration = BrokerProcess.Configuration(
        executable: broker, port: try port ?? FreePort.find(), dataDirectory: directory.data,
        logFile: directory.log)
      printLine("seed \(seed), port \(configuration.port), data \(directory.data)")
      let run = CrashRun(
        settings: CrashRun.Settings(
          rounds: rounds, seed: seed, publishers: publishers, subscribers: subscribers,
          conversations: conversations, killAfter: minimumLife...maximumLife),
        broker: configuration)
      let report = try await run.run()
      for line in report.lines { printLine(line) }
      if report.isGood {
        directory.remove()
      } else {
        printLine("repeat with --seed \(seed); data and log are kept in \(directory.path)")
      }
      return report.isGood
    }
  }
}

/// Prints a line that is seen at once, also when the output is a file.
func printLine(_ text: String) {
  print(text)
  fflush(nil)
}
