public import ChatCore
public import Logging
public import NIOCore
import NIOPosix
public import ServiceLifecycle
import Synchronization

/// A chat broker for one process: a TCP listener, event loops, and a store.
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
    let listener: any Channel
  }

  private let configuration: ServerConfiguration
  private let store: any MessageStore
  private let logger: Logger
  private let state = Mutex(State.new)

  /// Makes a server that does nothing yet.
  public init(configuration: ServerConfiguration, store: any MessageStore, logger: Logger) {
    self.configuration = configuration
    self.store = store
    self.logger = logger
  }

  /// Runs until graceful shutdown is asked for, then drains.
  ///
  /// - Throws: what ``start()`` throws.
  public func run() async throws {
    try await start()
    try? await gracefulShutdown()
    await stop()
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
      let ports = try await makeLoops(group)
      let listener = try await listen(group, ports)
      guard let address = listener.localAddress else {
        throw ServerError(.bind, "the listener has no address")
      }
      state.withLock { $0 = .running(Running(group: group, ports: ports, listener: listener)) }
      logger.info("listening", metadata: ["address": "\(address)", "loops": "\(configuration.loops)"])
      return address
    } catch {
      state.withLock { $0 = .stopped }
      try? await group.shutdownGracefully()
      throw error
    }
  }

  /// Drains and stops: no new connections, `GoAway` to all sessions, what is queued goes out, and what is left
  /// after ``DrainConfiguration/grace`` is closed. Returns when all threads have ended.
  public func stop() async {
    let running: Running? = state.withLock { state in
      guard case .running(let running) = state else { return nil }
      state = .stopped
      return running
    }
    guard let running else { return }
    logger.info("draining", metadata: ["grace_ms": "\(configuration.drain.grace)"])
    try? await running.listener.close()
    await drain(running)
    for port in running.ports { try? await port.call { $0.stop() } }
    try? await running.group.shutdownGracefully()
    logger.info("stopped")
  }

  /// What all loops have done since the start.
  package func counters() async -> [RouterCounters] {
    let ports: [LoopPort] = state.withLock {
      if case .running(let running) = $0 { running.ports } else { [] }
    }
    var all: [RouterCounters] = []
    for port in ports {
      if let counters = try? await port.call({ $0.counters }) { all.append(counters) }
    }
    return all
  }

  private func check() throws(ServerError) {
    guard (1...1024).contains(configuration.loops) else {
      throw ServerError(.configuration, "loops is \(configuration.loops): 1 to 1024 are allowed")
    }
    guard (0...65_535).contains(configuration.port) else {
      throw ServerError(.configuration, "port is \(configuration.port): 0 to 65535 are allowed")
    }
    let day: UInt64 = 86_400_000
    guard configuration.drain.grace <= day, configuration.drain.spread <= day else {
      throw ServerError(
        .configuration, "drain.grace and drain.spread are in milliseconds: at most \(day), a day, is allowed")
    }
    guard (1...1_000).contains(configuration.limits.flushPieces), configuration.limits.flushBytes > 0 else {
      throw ServerError(
        .configuration,
        "limits.flushPieces is \(configuration.limits.flushPieces), 1 to 1000 are allowed; "
          + "limits.flushBytes is \(configuration.limits.flushBytes), 1 or more is allowed")
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

  private func listen(_ group: MultiThreadedEventLoopGroup, _ ports: [LoopPort]) async throws -> any Channel {
    let byLoop = Dictionary(uniqueKeysWithValues: ports.map { (ObjectIdentifier($0.eventLoop), $0) })
    var bootstrap = ServerBootstrap(group: group)
      .serverChannelOption(.backlog, value: Int32(clamping: configuration.backlog))
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          guard let port = byLoop[ObjectIdentifier(channel.eventLoop)] else {
            throw ServerError(.state, "a connection came on a loop that is not the server's")
          }
          try channel.pipeline.syncOperations.addHandler(SessionHandler(driver: port.value))
        }
      }
    if let bytes = configuration.sendBufferBytes {
      bootstrap = bootstrap.childChannelOption(.socketOption(.so_sndbuf), value: .init(clamping: bytes))
    }
    do {
      return try await bootstrap.bind(host: configuration.host, port: configuration.port).get()
    } catch {
      throw ServerError(
        .bind,
        "cannot listen on \(configuration.host):\(configuration.port) (\(error)): "
          + "stop what listens there, or choose another host or port")
    }
  }

  private func drain(_ running: Running) async {
    let drain = configuration.drain
    var emptied: [EventLoopFuture<Void>] = []
    for port in running.ports {
      if let future = try? await port.call({ $0.drain(drain) }) { emptied.append(future) }
    }
    let close = running.group.next().scheduleTask(in: .milliseconds(Int64(clamping: drain.grace))) {
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
