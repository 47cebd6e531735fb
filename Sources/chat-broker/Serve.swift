import ArgumentParser
import Logging

/// `chat-broker serve`
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Run the broker (the default sub-command).",
    discussion: """
      Messages are kept in a SQLite file in the data directory. There is no authentication yet, so it listens \
      on loopback only, unless it is told that the network is trusted. SIGTERM or Ctrl-C stops it: clients are \
      told to go, what is queued goes out, the store is closed. A second signal ends it at once.

      Every option has an environment variable; options go before it: \
      CHAT_HOST, CHAT_PORT, CHAT_DATA, CHAT_LOOPS, CHAT_LOG_LEVEL, CHAT_ALLOW_INSECURE_REMOTE.

      EXAMPLES
        chat-broker serve
        chat-broker serve --port 0 --data ./chat-data
        CHAT_PORT=7500 CHAT_LOG_LEVEL=warning chat-broker serve
        chat-broker serve --host 0.0.0.0 --allow-insecure-remote
      """)

  @Option(help: "The address to listen on. Default: \(ServeSettings.defaultHost).")
  var host: String?

  @Option(help: "The TCP port; 0 takes any free one. Default: \(ServeSettings.defaultPort).")
  var port: String?

  @Option(
    help: ArgumentHelp(
      "The directory of the store. Default: $XDG_DATA_HOME/chat-broker or ~/.local/share/chat-broker.",
      valueName: "dir"),
    completion: .directory)
  var data: String?

  @Option(help: "Event loops, each with its own thread. Default: one for each core.")
  var loops: String?

  @Option(
    help: ArgumentHelp(
      "trace, debug, info, notice, warning, error or critical. Default: info; on a terminal notice.",
      valueName: "level"),
    completion: .list(Logger.Level.allCases.map(\.rawValue)))
  var logLevel: String?

  @Flag(help: "Listen where other machines can reach it, although there is no authentication.")
  var allowInsecureRemote = false

  func run() async throws {
    let flags = ServeSettings.Flags(
      host: host, port: port, data: data, loops: loops, logLevel: logLevel,
      allowInsecureRemote: allowInsecureRemote)
    let settings = try ServeSettings(flags: flags, environment: .process)
    try await BrokerProcess(settings: settings).run()
  }
}
