import AsyncHTTPClient
import ChatCore
import ChatServer
import ChatStorage
import Logging
import ServiceLifecycle

/// A broker from its start to its end: directory, store, server, signals.
struct BrokerProcess {
  /// The store's file in the data directory.
  static let storeFile = "chat.sqlite"
  /// How long closing the store may take, in seconds.
  private static let closeTime = 5

  let sources: ConfigurationSources
  let configuration: LoadedConfiguration
  let hangUps: HangUps

  private var settings: Settings { configuration.settings }
  /// Every configuration that was loaded names one.
  private var data: String { settings.data ?? "" }

  func run() async throws(CommandFailure) {
    AllocatorSettings.apply()
    let telemetry = BrokerTelemetry(settings)
    do {
      try await run(telemetry)
    } catch {
      // On standard error it is said to people; this is for whoever collects the log.
      if telemetry.format == .ecs {
        telemetry.logger.critical("the broker ends", metadata: error.logMetadata)
      }
      throw error
    }
    if telemetry.format == .text, Terminal.isOutput { Output.line(farewell) }
  }

  private func run(_ telemetry: BrokerTelemetry) async throws(CommandFailure) {
    telemetry.logger.info("starting", metadata: ["event.action": "start", "chat.file": "\(data)"])
    // First, because they may be why what follows fails.
    for warning in configuration.warnings { telemetry.logger.warning("\(warning)") }
    try DataDirectory.create(data)
    let store = try openStore()
    do {
      try await serve(store, telemetry)
    } catch {
      let failure = failure(error)
      await close(store, after: failure)
      throw failure
    }
    await close(store)
  }

  /// Does not wait for ever for a disk that hangs. What was acknowledged is stored before.
  ///
  /// - Parameter failure: why the broker ends, if it was not asked to.
  private func close(_ store: SQLiteStore, after failure: CommandFailure? = nil) async {
    let patience = Task {
      try await Task.sleep(for: .seconds(Self.closeTime))
      let reason = failure.map { "\($0.message); then " } ?? ""
      LastWords.end(
        reason + "the store was not closed within \(Self.closeTime) s, because its disk hangs or is very "
          + "slow: look at \(store.path)",
        failure?.status ?? .inputOutput)
    }
    await store.close()
    patience.cancel()
  }

  private var farewell: String {
    let stored = "stopped; everything that was acknowledged is stored"
    return settings.server.retention.none.isEmpty
      ? stored : stored + ", but for the broadcasts that are not kept"
  }

  private func openStore() throws(CommandFailure) -> SQLiteStore {
    do {
      return try SQLiteStore(path: data + "/" + Self.storeFile)
    } catch {
      throw CommandFailure(.inputOutput, error.message)
    }
  }

  private func serve(_ store: SQLiteStore, _ telemetry: BrokerTelemetry) async throws {
    let logger = telemetry.logger
    let tokenKeys = try await TokenKeys.load(settings.authentication, logger: logger)
    var serverConfiguration = try settings.serverConfiguration { () throws(CommandFailure) in
      try settings.adminKeySource.key(data: data)
    }
    let adminKey = serverConfiguration.admin?.key
    serverConfiguration.tokenVerifier = tokenKeys?.verifier
    serverConfiguration.tracing = telemetry.tracing
    serverConfiguration.endProcess = { LastWords.end($0.message, .wedged) }
    let server = ChatServer(configuration: serverConfiguration, store: store, logger: logger)
    let reloader = ConfigurationReloader(
      sources: sources, configuration: configuration,
      parts: [
        LogLevelReload(levels: telemetry.levels),
        LimitsReload(server: server, limits: settings.server.limits), CertificatesReload(server: server),
        AdminKeyReload(server: server, key: adminKey, source: settings.adminKeySource),
        TokenKeysReload(keys: tokenKeys),
      ],
      counters: server.reloads, logger: logger)
    // What is first ends last, so that the traces of the last publishes are sent.
    let helpers =
      (telemetry.exporter.map { [ServiceGroupConfiguration.ServiceConfiguration(service: $0)] } ?? [])
      + (try JWKSRefresh.service(
        of: settings.authentication, for: tokenKeys, counters: server.keyFetches, logger: logger))
    // Their loops take descriptors, which the server counts before clients come.
    if !helpers.isEmpty { _ = HTTPClient.defaultEventLoopGroup }
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(
        // The broker may end by itself: an operator can ask for a drain.
        services: helpers + [
          .init(
            service: BrokerRun(
              server: server, watch: ConfigurationWatch(reloader: reloader, hangUps: hangUps)
            ) { [serverConfiguration] in
              if telemetry.format == .text { announce($0, serverConfiguration) }
            },
            successTerminationBehavior: .gracefullyShutdownGroup)
        ],
        gracefulShutdownSignals: SecondSignal.signals,
        logger: logger))
    let watcher = await SecondSignal.watch()
    defer { watcher.cancel() }
    try await group.run()
  }

  /// - Parameter addresses: `tcp`, and `http` and `admin` if they are there.
  private func announce(_ addresses: [String: ServerAddress], _ configuration: ServerConfiguration) {
    guard let address = addresses["tcp"] else { return }
    let page = addresses["http"].map { "http\(configuration.tls == nil ? "" : "s")://\($0)/" }
    let console = addresses["admin"].map { "http\(configuration.admin?.tls == nil ? "" : "s")://\($0)/admin" }
    guard Terminal.isOutput else {
      if let page { Output.line("chat page at \(page)") }
      if let console { Output.line("console at \(console)") }
      return Output.line("listening on \(address)")
    }
    let option =
      (address == ServerAddress.default ? "" : " --server \(address)")
      + (configuration.tls == nil ? "" : " --tls")
    func user(_ name: String) -> String {
      configuration.tokenVerifier == nil ? "--user \(name)" : "--token-file \(name).token"
    }
    var lines = [Version.text]
    if let page { lines.append("chat page    \(page)") }
    if let console { lines.append("console      \(console)   key in \(TerminalText.escape(keyPlace))") }
    lines.append("clients      \(address)")
    lines.append("data         \(TerminalText.escape(data))")
    if configuration.tokenVerifier != nil {
      lines.append("tokens       users need one: chat-broker token create --help")
    }
    Output.text(
      """
      \(lines.joined(separator: "\n"))

      Try it, each in a terminal of its own:
        chat-broker chat group:lobby \(user("alice"))\(option)
        chat-broker chat group:lobby \(user("bob"))\(option)
        echo hello | chat-broker send group:lobby \(user("carol"))\(option)
      Ctrl-C stops the broker.


      """)
  }

  private var keyPlace: String {
    switch settings.adminKeySource {
    case .text: "the configuration"
    case .file(let path): path
    case .dataDirectory: AdminKeySource.path(in: data)
    }
  }

  private func failure(_ error: any Error) -> CommandFailure {
    switch error {
    case let error as CommandFailure: error
    case let error as StoreError: CommandFailure(.inputOutput, error.message)
    case let error as ServerError where error.code == .bind: CommandFailure(.unavailable, bindFailure(error))
    case let error as ServerError where error.code == .configuration:
      CommandFailure(.configuration, error.message)
    case let error as ServerError where error.code == .memory: CommandFailure(.memory, error.message)
    default: CommandFailure(.internal, "the broker failed (\(error)); please report it")
    }
  }

  private func bindFailure(_ error: ServerError) -> String {
    let (host, port, option) =
      switch error.listener {
      case "http": (settings.server.host, settings.httpPort ?? 0, "--http-port")
      case "admin": (settings.adminHost, settings.adminPort ?? 0, "--admin-port")
      default: (settings.server.host, settings.server.port, "--port")
      }
    // The system's reason is in the text only.
    guard error.message.contains("in use") else { return error.message }
    return
      "cannot listen on \(ServerAddress(host: host, port: port)): the port is in use, perhaps by another "
      + "broker; stop that one, or choose another port with \(option) (0 takes any free one)"
  }
}

/// The server as a service that says when it listens.
private struct BrokerRun: Service, CustomStringConvertible {
  /// For logs of the lifecycle.
  var description: String { "broker" }
  let server: ChatServer
  let watch: ConfigurationWatch
  let started: @Sendable ([String: ServerAddress]) -> Void

  func run() async throws {
    try await server.start()
    started(
      Dictionary(
        server.addresses.map {
          ($0.name, ServerAddress(host: $0.address.ipAddress ?? "", port: $0.address.port ?? 0))
        },
        uniquingKeysWith: { first, _ in first }))
    await withTaskGroup { group in
      group.addTask { await server.waitUntilDrain() }
      group.addTask { await watch.run() }
      await group.next()
      group.cancelAll()
    }
    await server.stop()
    if let failure = server.failure { throw failure }
  }
}

extension CommandFailure {
  fileprivate var logMetadata: Logger.Metadata {
    [
      "event.action": "end", "event.outcome": "failure", "error.code": "\(status)",
      "error.message": "\(message)",
    ]
  }
}
