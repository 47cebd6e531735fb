import CMalloc
public import ChatCore
public import Logging
public import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// A chat broker for one process: listeners, event loops, and a store.
///
/// ```swift
/// var configuration = ServerConfiguration()
/// configuration.port = 0
/// let server = ChatServer(configuration: configuration, store: InMemoryStore(), logger: logger)
/// let address = try await server.start()
/// // … clients connect to address …
/// await server.stop()
/// ```
///
/// A server starts once. It does not close the store, which is its caller's.
public final class ChatServer: Service {
  private enum State {
    case new
    case starting
    case running(Running)
    case stopped
  }

  private struct Running {
    let group: MultiThreadedEventLoopGroup
    let ports: [LoopPort]
    let listeners: ServerListeners
    let service: NodeService
    let certificates: Certificates
    let watchdog: Watchdog
  }

  /// Between two lines about a drain.
  private static let progressInterval = Duration.seconds(1)

  /// How often the configuration was read anew, for `/metrics`; whoever reads it counts.
  public let reloads = AttemptCounters()
  /// How often keys of tokens were fetched from their issuer, for `/metrics`; whoever fetches them counts.
  public let keyFetches = AttemptCounters()

  let configuration: ServerConfiguration
  private let store: any MessageStore
  let logger: Logger
  private let state = Mutex(State.new)
  private let ownFailure = Mutex(ServerError?.none)
  private let drainRequests = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

  /// Makes a server that does nothing yet.
  public init(configuration: ServerConfiguration, store: any MessageStore, logger: Logger) {
    self.configuration = configuration
    self.store = store
    self.logger = logger
  }

  /// Runs until graceful shutdown is asked for, or an operator asks for a drain; then drains.
  ///
  /// - Throws: what ``start()`` throws; ``failure``.
  public func run() async throws {
    try await start()
    await waitUntilDrain()
    await stop()
    if let failure { throw failure }
  }

  /// Why the server has drained by itself, and will not go on; nil: it has not.
  public var failure: ServerError? { ownFailure.withLock { $0 } }

  /// Returns when graceful shutdown is asked for, or an operator asks for a drain.
  public func waitUntilDrain() async {
    await withTaskGroup { group in
      group.addTask { try? await gracefulShutdown() }
      group.addTask { [drainRequests] in for await _ in drainRequests.stream { return } }
      await group.next()
      group.cancelAll()
    }
  }

  /// Where the server listens: `tcp`, `http` and `admin`, as far as they are there. Empty when it does not run.
  public var addresses: [(name: String, address: SocketAddress)] {
    state.withLock { if case .running(let running) = $0 { running.listeners.addresses } else { [] } }
  }

  /// Listens.
  ///
  /// - Returns: the address that clients connect to, with the port that the system chose if it was 0.
  /// - Throws: ``ServerError`` if a value is out of range, the address cannot be listened on, or the server
  ///   was started before.
  @discardableResult
  public func start() async throws -> SocketAddress {
    try check()
    let mayStart = state.withLock { state in
      guard case .new = state else { return false }
      state = .starting
      return true
    }
    guard mayStart else { throw ServerError(.state, "this server was started before: make another one") }
    let group = MultiThreadedEventLoopGroup(numberOfThreads: configuration.loops)
    do {
      let certificates = try await loadCertificates()
      let ports = try await makeLoops(group)
      let process = ProcessReader()
      let watch = WatchStatus()
      let service = NodeService(
        configuration: configuration, ports: ports, store: store, certificates: certificates,
        reloads: reloads, keyFetches: keyFetches, process: process, watch: watch
      ) { [drainRequests] in drainRequests.continuation.yield() }
      service.connections.keepDescriptors(besides: process.usage(), listeners: configuration.listeners)
      let listeners = try await ServerListeners.open(
        configuration, group: group, ports: ports, service: service, certificates: certificates,
        logger: logger)
      guard let address = listeners.tcp.localAddress else {
        throw ServerError(.bind, "the listener has no address")
      }
      let watchdog = Watchdog(
        pulses: ports.map(\.pulse), configuration: configuration.health, process: process, status: watch,
        actions: watchdogActions(ports), logger: logger)
      watchdog.start()
      service.connections.tellLimits(on: group.next(), logger)
      service.listens(at: listeners.addresses.map { ($0.name, "\($0.address.hostAndPort)") })
      state.withLock {
        $0 = .running(
          Running(
            group: group, ports: ports, listeners: listeners, service: service, certificates: certificates,
            watchdog: watchdog))
      }
      for (name, address) in listeners.addresses {
        logger.info(
          "listening",
          metadata: [
            "event.action": "listen", "chat.listener": "\(name)",
            "server.address": "\(address.ipAddress ?? "")",
            "server.port": .stringConvertible(address.port ?? 0),
            "chat.loops": .stringConvertible(configuration.loops),
          ])
      }
      return address
    } catch {
      state.withLock { $0 = .stopped }
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// Drains and stops: not ready for ``DrainConfiguration/delay``, then no new connections, `GoAway` to all
  /// sessions, what is published is committed and answered, what is queued goes out, and what is left after
  /// ``DrainConfiguration/grace`` is closed. Returns when all threads have ended.
  public func stop() async {
    let running: Running? = state.withLock { state in
      guard case .running(let running) = state else { return nil }
      state = .stopped
      return running
    }
    guard let running else { return }
    let drain = configuration.drain
    // First, so that who asks hears it before connections fail.
    await running.service.drainBegins()
    let sessions = await running.service.sessionCount()
    logger.info(
      "draining",
      metadata: [
        "event.action": "drain", "chat.sessions": .stringConvertible(sessions),
        "chat.delay_ms": .stringConvertible(drain.delay), "chat.grace_ms": .stringConvertible(drain.grace),
      ])
    if drain.delay > 0 { try? await Task.sleep(for: .milliseconds(drain.delay)) }
    running.service.takesNoMoreSessions()
    await running.listeners.closePublic()
    let progress = Task { await tellProgress(running.service) }
    await self.drain(running)
    progress.cancel()
    await running.watchdog.stop()
    // Operators can watch until here.
    await running.listeners.closeAdmin()
    for port in running.ports { try? await port.call { $0.stop() } }
    await running.service.end()
    await finishCalls(running)
    try? await running.group.shutdownGracefully()
    logger.info("stopped", metadata: ["event.action": "stop"])
  }

  /// Takes other limits while the server runs.
  ///
  /// They hold at once, but those that clients go by: what a session was told when it began, in
  /// `Connected.limits`, holds until it ends. A WebSocket keeps `Limits.clientMessageBytes` of its beginning.
  ///
  /// - Throws: ``ServerError`` if a value is out of range, or the server does not run; then nothing has changed.
  public func apply(limits: Limits) async throws(ServerError) {
    try Self.check(limits)
    guard let service else { throw ServerError(.state, "this server does not run: its limits cannot change") }
    await service.apply(limits)
  }

  /// What operators can ask; nil when the server does not run.
  var service: NodeService? {
    state.withLock { if case .running(let running) = $0 { running.service } else { nil } }
  }

  /// Nil when the server does not run.
  var certificates: Certificates? {
    state.withLock { if case .running(let running) = $0 { running.certificates } else { nil } }
  }

  /// What all loops have done since the start.
  package func counters() async -> [RouterCounters] {
    await service?.onAllLoops { $0.counters } ?? []
  }

  private func check() throws(ServerError) {
    guard (1...1024).contains(configuration.loops) else {
      throw ServerError(.configuration, "loops is \(configuration.loops): 1 to 1024 are allowed")
    }
    guard (0...65_535).contains(configuration.port) else {
      throw ServerError(.configuration, "port is \(configuration.port): 0 to 65535 are allowed")
    }
    let day: UInt64 = 86_400_000
    guard
      [configuration.drain.grace, configuration.drain.spread, configuration.drain.delay].max() ?? 0 <= day
    else {
      throw ServerError(
        .configuration,
        "drain.grace_ms, drain.spread_ms and drain.delay_ms are at most \(day), a day")
    }
    try configuration.health.check()
    for prefix in configuration.retention.none where !prefix.hasPrefix(RetentionRules.allowedPrefix) {
      throw ServerError(
        .configuration,
        "retention.none has \"\(prefix)\": what begins with \(RetentionRules.allowedPrefix) is allowed, because "
          + "the members of other conversations are in the store")
    }
    try Self.check(configuration.limits)
  }

  private static func check(_ limits: Limits) throws(ServerError) {
    guard (1...1_000).contains(limits.flushPieces), limits.flushBytes > 0 else {
      throw ServerError(
        .configuration,
        "limits.flushPieces is \(limits.flushPieces), 1 to 1000 are allowed; "
          + "limits.flushBytes is \(limits.flushBytes), 1 or more is allowed")
    }
    guard limits.messageBytes > 0, limits.encryptedFlushBytes > 0 else {
      throw ServerError(
        .configuration,
        "limits.messageBytes is \(limits.messageBytes) and limits.encryptedFlushBytes is "
          + "\(limits.encryptedFlushBytes): 1 or more is allowed for each")
    }
  }

  private func makeLoops(_ group: MultiThreadedEventLoopGroup) async throws -> [LoopPort] {
    var ports: [LoopPort] = []
    for (number, eventLoop) in group.makeIterator().enumerated() {
      let port = try await eventLoop.submit { [configuration, store, logger] in
        LoopPort(
          LoopDriver(
            eventLoop: eventLoop, loop: number, configuration: configuration, store: store, logger: logger))
      }.get()
      ports.append(port)
    }
    let all = ports
    for port in all { try await port.call { $0.start(ports: all) } }
    return all
  }

  /// What operators have asked has its answer by now, unless the store hangs; lets it go out.
  private func finishCalls(_ running: Running) async {
    let calls = running.service.httpCalls
    let cut = running.group.next().scheduleTask(in: .seconds(1)) { calls.giveUp() }
    await calls.shut()
    cut.cancel()
  }

  private func watchdogActions(_ ports: [LoopPort]) -> Watchdog.Actions {
    Watchdog.Actions(
      shedWindows: {
        for port in ports { port.run { $0.shedWindows() } }
        cmalloc_give_back()
      },
      refuseSessions: { refuses in for port in ports { port.run { $0.refuseSessions(refuses) } } },
      end: { [weak self] failure in self?.end(failure) })
  }

  private func end(_ failure: ServerError) {
    guard failure.code == .memory else {
      configuration.endProcess?(failure)
      return
    }
    // The loops turn, so clients can be told.
    ownFailure.withLock { $0 = failure }
    drainRequests.continuation.yield()
  }

  /// Says from time to time how many sessions are left, until it is cancelled.
  private func tellProgress(_ service: NodeService) async {
    while (try? await Task.sleep(for: Self.progressInterval)) != nil {
      let sessions = await service.sessionCount()
      logger.info(
        "draining goes on",
        metadata: ["event.action": "drain", "chat.sessions": .stringConvertible(sessions)])
    }
  }

  private func drain(_ running: Running) async {
    let drain = configuration.drain
    var emptied: [EventLoopFuture<Void>] = []
    for port in running.ports {
      if let future = try? await port.call({ $0.drain(drain) }) { emptied.append(future) }
    }
    let close = running.group.next().scheduleTask(in: .milliseconds(Int64(clamping: drain.grace))) {
      [logger] in
      logger.warning(
        "the grace time is over: sessions that are left are closed",
        metadata: ["event.action": "drain", "chat.grace_ms": .stringConvertible(drain.grace)])
      for port in running.ports { port.run { $0.closeAll() } }
    }
    let cut = running.group.next().scheduleTask(in: .milliseconds(Int64(clamping: drain.grace) + 2_000)) {
      for port in running.ports { port.run { $0.stop() } }
    }
    try? await EventLoopFuture.andAllComplete(emptied, on: running.group.next()).get()
    close.cancel()
    cut.cancel()
  }
}
