import ChatCore
import Logging
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Carries out what one loop's router wants. Confined to that loop.
final class LoopDriver {
  /// How long a refused peer has to take the last frames before its connection is cut.
  private static let lingerTime = TimeAmount.seconds(1)

  let eventLoop: any EventLoop
  private var router: Router
  private let store: any MessageStore
  private let logger: Logger
  private var ports: [LoopPort] = []
  /// By slot of the session.
  private var handlers: [SessionHandler?] = []
  private var isTurnScheduled = false
  private var isStopped = false
  private var storeError = RepeatedError()
  private var ticker: RepeatedTask?
  private var emptied: EventLoopPromise<Void>?

  init(
    eventLoop: any EventLoop, loop: Int, configuration: ServerConfiguration, store: any MessageStore,
    logger: Logger
  ) {
    self.eventLoop = eventLoop
    self.store = store
    self.logger = logger
    router = Router(
      loop: loop, loops: configuration.loops, node: configuration.node, limits: configuration.limits,
      at: .now())
  }

  /// - Parameter ports: all loops, by number.
  func start(ports: [LoopPort]) {
    self.ports = ports
    let tick = TimeAmount.milliseconds(Int64(Router.tick))
    let own = ports[loop]
    ticker = eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in own.value.advance() }
  }

  private func advance() {
    router.advance(to: .now())
    scheduleTurn()
  }

  // MARK: What happens

  func accept(_ handler: SessionHandler) throws(ChatError) -> SessionID {
    let session = try router.accept(at: .now())
    let slot = Int(session.slot)
    while handlers.count <= slot { handlers.append(nil) }
    handlers[slot] = handler
    scheduleTurn()
    return session
  }

  func receive(_ bytes: UnsafeRawBufferPointer, from session: SessionID) {
    router.receive(bytes, from: session, at: .now())
    scheduleTurn()
  }

  func writable(_ session: SessionID) {
    router.writable(session, at: .now())
    scheduleTurn()
  }

  func closed(_ session: SessionID) {
    handlers[Int(session.slot)] = nil
    router.closed(session, at: .now())
    scheduleTurn()
  }

  func deliver(_ messages: [LoopMessage]) {
    router.deliver(messages, at: .now())
    scheduleTurn()
  }

  func drain(_ configuration: DrainConfiguration) -> EventLoopFuture<Void> {
    router.drain(spread: configuration.spread, closesAfter: configuration.grace, at: .now())
    let promise = emptied ?? eventLoop.makePromise(of: Void.self)
    emptied = promise
    scheduleTurn()
    return promise.futureResult
  }

  func closeAll() {
    router.closeAll(at: .now())
    scheduleTurn()
  }

  func stop() {
    isStopped = true
    ticker?.cancel()
    for handler in handlers { handler?.context?.close(promise: nil) }
    emptied?.succeed()
    emptied = nil
    ports.removeAll()
  }

  var counters: RouterCounters { router.counters }
  var sessionCount: Int { router.sessionCount }

  func noteConnectionError(_ error: any Error, session: SessionID?) {
    logger.debug("connection failed", metadata: ["session": "\(session?.slot ?? 0)", "error": "\(error)"])
  }

  /// Tells a connection that gets no session why, then closes it.
  func refuse(_ error: ChatError, context: ChannelHandlerContext) {
    var codec = FrameCodec(decodingBytes: 0)
    var frame = FrameBuffer()
    codec.encode(ServerFrame(body: .error(error)), into: &frame)
    let buffer = context.channel.allocator.buffer(bytes: frame.readable)
    context.writeAndFlush(NIOAny(buffer), promise: nil)
    close(context)
  }

  // MARK: What is done about it

  /// Everything that comes in one tick of the event loop goes out together at its end.
  private func scheduleTurn() {
    guard !isTurnScheduled, !isStopped else { return }
    isTurnScheduled = true
    eventLoop.assumeIsolated().execute { [self] in turn() }
  }

  private func turn() {
    isTurnScheduled = false
    guard !isStopped else { return }
    perform(router.settle())
    let more = router.flush { [handlers] session, pieces in
      guard let handler = handlers[Int(session.slot)] else { return .failed }
      return handler.send(pieces)
    }
    perform(router.settle())
    if more { scheduleTurn() }
    if let emptied, router.sessionCount == 0, router.isQuiet {
      self.emptied = nil
      emptied.succeed()
    }
  }

  private func perform(_ actions: [RouterAction]) {
    for action in actions {
      switch action {
      case .close(let session):
        if let context = handler(of: session)?.context { close(context) }
      case .pauseReading(let session): setReading(false, session)
      case .resumeReading(let session): setReading(true, session)
      case .send(let messages, let loop): ports[loop].deliver(messages)
      case .write(let writes, let ticket):
        let own = ports[loop]
        store.write(writes) { result in own.run { $0.written(ticket, result) } }
      case .read(let query, let ticket):
        let own = ports[loop]
        store.read(query) { result in own.run { $0.answered(ticket, result) } }
      }
    }
  }

  private var loop: Int { router.number }

  private func written(_ ticket: WriteTicket, _ result: Result<[StoreOutcome], StoreError>) {
    if case .failure(let error) = result { note(error, "the store refused to write") }
    router.written(ticket, result, at: .now())
    scheduleTurn()
  }

  private func answered(_ ticket: ReadTicket, _ result: Result<StoreAnswer, StoreError>) {
    if case .failure(let error) = result { note(error, "the store refused to read") }
    router.answered(ticket, result, at: .now())
    scheduleTurn()
  }

  private func note(_ error: StoreError, _ message: Logger.Message) {
    guard let leftOut = storeError.note(at: Moment.now().uptime) else { return }
    logger.error(message, metadata: ["error": "\(error)", "left_out": "\(leftOut)"])
  }

  private func handler(of session: SessionID) -> SessionHandler? {
    guard handlers.indices.contains(Int(session.slot)), let handler = handlers[Int(session.slot)],
      handler.session == session
    else { return nil }
    return handler
  }

  private func setReading(_ reads: Bool, _ session: SessionID) {
    guard let context = handler(of: session)?.context else { return }
    try? context.channel.syncOptions?.setOption(.autoRead, value: reads)
  }

  /// Ends our side first, so that the last frames are not lost to a reset by unread input.
  private func close(_ context: ChannelHandlerContext) {
    context.close(mode: .output, promise: nil)
    let channel = context.channel
    eventLoop.scheduleTask(in: Self.lingerTime) { channel.close(promise: nil) }
  }
}

/// How others reach a loop's driver.
struct LoopPort: Sendable {
  let eventLoop: any EventLoop
  private let driver: NIOLoopBound<LoopDriver>

  /// Must be made on the driver's loop.
  init(_ driver: LoopDriver) {
    eventLoop = driver.eventLoop
    self.driver = NIOLoopBound(driver, eventLoop: driver.eventLoop)
  }

  /// The driver; only on its loop.
  var value: LoopDriver { driver.value }

  func deliver(_ messages: [LoopMessage]) {
    run { $0.deliver(messages) }
  }

  /// Runs on the driver's loop, after what was handed over before.
  func run(_ body: @escaping @Sendable (LoopDriver) -> Void) {
    eventLoop.execute { [driver] in body(driver.value) }
  }

  func call<Value: Sendable>(_ body: @escaping @Sendable (LoopDriver) throws -> Value) async throws -> Value {
    try await eventLoop.submit { [driver] in try body(driver.value) }.get()
  }
}

extension Moment {
  static func now() -> Moment {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return Moment(
      uptime: NIODeadline.now().uptimeNanoseconds / 1_000_000,
      unixTime: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
  }
}
