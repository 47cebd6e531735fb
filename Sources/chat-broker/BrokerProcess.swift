import ChatCore
import ChatServer
import ChatStorage
import Logging
import ServiceLifecycle

/// A broker from its start to its end: directory, store, server, signals.
struct BrokerProcess {
  /// The store's file in the data directory.
  static let storeFile = "chat.sqlite"

  let settings: ServeSettings

  func run() async throws(CommandFailure) {
    try DataDirectory.create(settings.data)
    let store = try openStore()
    do {
      try await serve(store)
    } catch {
      await store.close()
      throw failure(error)
    }
    await store.close()
    if Terminal.isOutput { Output.line("stopped; everything that was acknowledged is stored") }
  }

  private func openStore() throws(CommandFailure) -> SQLiteStore {
    do {
      return try SQLiteStore(path: settings.data + "/" + Self.storeFile)
    } catch {
      throw CommandFailure(.inputOutput, error.message)
    }
  }

  private func serve(_ store: SQLiteStore) async throws {
    // A terminal is told what matters by announce().
    let level = settings.logLevel ?? (Terminal.isOutput ? .notice : .info)
    let logger = Logger(label: "chat-broker") { label in
      var handler = StreamLogHandler.standardError(label: label)
      handler.logLevel = level
      return handler
    }
    var configuration = ServerConfiguration()
    configuration.host = settings.host
    configuration.port = settings.port
    configuration.loops = settings.loops ?? ServeSettings.cores
    let server = ChatServer(configuration: configuration, store: store, logger: logger)
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        services: [BrokerService(server: server, started: announce)],
        gracefulShutdownSignals: SecondSignal.signals,
        logger: logger))
    let watcher = await SecondSignal.watch()
    defer { watcher.cancel() }
    try await group.run()
  }

  private func announce(host: String, port: Int) {
    let address = ServerAddress(host: host, port: port)
    guard Terminal.isOutput else { return Output.line("listening on \(address)") }
    let option = address == ServerAddress.default ? "" : " --server \(address)"
    Output.text(
      """
      \(Version.text)
      listening on \(address)
      data in \(TerminalText.escape(settings.data))

      Try it, each in a terminal of its own:
        chat-broker chat group:lobby --user alice\(option)
        chat-broker chat group:lobby --user bob\(option)
        echo hello | chat-broker send group:lobby --user carol\(option)
      Ctrl-C stops the broker.


      """)
  }

  private func failure(_ error: any Error) -> CommandFailure {
    switch error {
    case let error as CommandFailure: error
    case let error as StoreError: CommandFailure(.inputOutput, error.message)
    case let error as ServerError where error.code == .bind: CommandFailure(.unavailable, bindFailure(error))
    case let error as ServerError where error.code == .configuration:
      CommandFailure(.configuration, error.message)
    default: CommandFailure(.internal, "the broker failed (\(error)); please report it")
    }
  }

  private func bindFailure(_ error: ServerError) -> String {
    let address = ServerAddress(host: settings.host, port: settings.port)
    // The system's reason is in the text only.
    if error.message.contains("in use") {
      return "cannot listen on \(address): the port is in use, perhaps by another broker; stop that one, or "
        + "choose another port with --port (0 takes any free one)"
    }
    return error.message
  }
}

/// The server as a service that says when it listens.
private struct BrokerService: Service {
  let server: ChatServer
  let started: @Sendable (String, Int) -> Void

  func run() async throws {
    let address = try await server.start()
    started(address.ipAddress ?? "", address.port ?? 0)
    try? await gracefulShutdown()
    await server.stop()
  }
}
