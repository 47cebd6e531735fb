import CMalloc
import ChatCore
import Logging
import NIOCore

/// Carries out what one loop's router wants. Confined to that loop.
final class LoopDriver {
  let eventLoop: any EventLoop
  let pulse = LoopPulse()
  private var router: Router
  private let store: any MessageStore
  private let tokenVerifier: TokenVerifier?
  private var log: LoopLog
  private let tracer: PublishTracer?
  private var ports: [LoopPort] = []
  /// By slot of the session.
  private var connections: [(any SessionConnection)?] = []
  /// By slot of the session, too; the delivery to thousands of sessions reads nothing else of them here.
  private var sockets: [SessionSocket] = []
  private var isTurnScheduled = false
  private var eventTime: Moment?
  private var isStopped = false
  private var ticker: RepeatedTask?
  /// While the router keeps appends back.
  private var gathering: Scheduled<Void>?
  private var emptied: EventLoopPromise<Void>?
  private var requests = ServiceRequests()
  private var heap = HeapGrowth()
  private var commits = RecentLatency(at: .now())
  /// When the next tick should come.
  private var nextTick = NIODeadline.now()
  /// How late ticks came.
  private var delays = LatencyHistogram()
  private var storeErrors: UInt64 = 0

  init(
    eventLoop: any EventLoop, loop: Int, configuration: ServerConfiguration, store: any MessageStore,
    logger: Logger
  ) {
    self.eventLoop = eventLoop
    self.store = store
    tokenVerifier = configuration.tokenVerifier
    log = LoopLog(logger, loop: loop)
    tracer = configuration.tracing.map { PublishTracer($0.tracer) }
    let sampler = configuration.tracing.map {
      TraceSampler(ratio: $0.sampleRatio, seed: .random(in: 0 ... .max))
    }
    router = Router(
      loop: loop, loops: configuration.loops, node: configuration.node, limits: configuration.limits,
      retention: configuration.retention, wantsTokens: configuration.tokenVerifier != nil,
      epoch: .random(in: 1...UInt64(Int64.max)), sampler: sampler ?? .off, at: .now())
  }

  /// - Parameter ports: all loops, by number.
  func start(ports: [LoopPort]) {
    self.ports = ports
    let tick = TimeAmount.milliseconds(Int64(Router.tick))
    let own = ports[loop]
    nextTick = .now() + tick
    ticker = eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in own.value.advance() }
  }

  private func advance() {
    pulse.beat()
    let now = Moment.now()
    let late = NIODeadline.uptimeNanoseconds(now.nanoseconds) - nextTick
    delays.record(Double(max(0, late.nanoseconds)) / 1_000)
    nextTick = NIODeadline.uptimeNanoseconds(now.nanoseconds) + .milliseconds(Int64(Router.tick))
    router.advance(to: now)
    log.look(at: router.limitsHit, at: now.uptime)
    scheduleTurn()
  }

  // MARK: What happens

  func accept(
    _ connection: any SessionConnection, through socket: SessionSocket
  ) throws(ChatError) -> SessionID {
    let session = try router.accept(socket.format, at: .now())
    let slot = Int(session.slot)
    while connections.count <= slot {
      connections.append(nil)
      sockets.append(.none)
    }
    connections[slot] = connection
    sockets[slot] = socket
    scheduleTurn()
    return session
  }

  func receive(_ bytes: UnsafeRawBufferPointer, from session: SessionID) {
    router.receive(bytes, from: session, at: tickTime())
    scheduleTurn()
  }

  func writable(_ session: SessionID) {
    router.writable(session, at: .now())
    scheduleTurn()
  }

  /// The connection has written something itself, and says ``writable(_:)`` when that is out.
  func setBlocked(_ session: SessionID) {
    router.setBlocked(session)
  }

  /// The client wants to end.
  func end(_ session: SessionID) {
    router.end(session, at: .now())
    scheduleTurn()
  }

  /// The client has sent what its connection cannot take.
  func refuse(_ session: SessionID, _ error: ChatError) {
    router.refuse(session, error, at: .now())
    scheduleTurn()
  }

  func closed(_ session: SessionID) {
    log.closed(
      router.ending(of: session, at: .now()), from: connection(of: session)?.context?.channel.remoteAddress)
    connections[Int(session.slot)] = nil
    sockets[Int(session.slot)] = .none
    router.closed(session, at: .now())
    scheduleTurn()
  }

  func deliver(_ messages: [LoopMessage]) {
    router.deliver(messages, at: .now())
    scheduleTurn()
  }

  func drain(_ configuration: DrainConfiguration) -> EventLoopFuture<Void> {
    router.drain(
      spread: configuration.spread, closesAfter: configuration.grace,
      jitter: .random(in: .min ... .max), at: .now())
    let promise = emptied ?? eventLoop.makePromise(of: Void.self)
    emptied = promise
    scheduleTurn()
    return promise.futureResult
  }

  func apply(_ limits: Limits) { router.apply(limits) }

  func closeAll() {
    router.closeAll(at: .now())
    scheduleTurn()
  }

  /// Gives back what memory the loop can do without.
  func shedWindows() { router.shedWindows() }

  func refuseSessions(_ refuses: Bool) { router.isShortOfMemory = refuses }

  func stop() {
    isStopped = true
    ticker?.cancel()
    gathering?.cancel()
    for connection in connections { connection?.context?.close(promise: nil) }
    requests.failAll()
    emptied?.succeed()
    emptied = nil
    ports.removeAll()
  }

  // MARK: For operators

  /// Does what no session asked for; see ``Router/serve(_:at:)``.
  func serve(_ body: ClientFrame.Body, for user: UserID) -> EventLoopFuture<ServerFrame.Body> {
    let (number, answer) = requests.add(on: eventLoop)
    if isStopped {
      requests.failAll()
    } else {
      router.serve(Router.ServiceRequest(number: number, body: body, user: user), at: .now())
      scheduleTurn()
    }
    return answer
  }

  func sessions(of user: UserID) -> [SessionState] {
    router.sessions(of: user).compactMap { router.sessionState($0) }
  }

  /// Ends the session of this name, if it is of this loop.
  func disconnect(named name: String) -> Bool {
    router.session(named: name).map { disconnect([$0]) > 0 } ?? false
  }

  /// O(sessions).
  func allSessions() -> [SessionState] { router.sessionStates() }

  func disconnect(_ sessions: [SessionID]) -> Int {
    defer { scheduleTurn() }
    return router.disconnect(sessions, at: .now())
  }

  /// O(sessions + conversations).
  func report(topConversations: Int) -> LoopReport {
    LoopReport(
      counters: router.counters, sessions: router.sessionCounters,
      gauges: router.gauges(topConversations: topConversations), limitsHit: router.limitsHit,
      authenticationFailures: router.authenticationFailures,
      latencies: router.latencies, delays: delays, storeErrors: storeErrors, commits: commits.total,
      recentCommits: commits.histogram(at: .now()))
  }

  /// O(users).
  var users: [UserID] { router.userIDs }
  var counters: RouterCounters { router.counters }
  var sessionCount: Int { router.sessionCount }

  func noteConnectionError(_ error: any Error, session: SessionID?) {
    log.connectionFailed(error, session: session.flatMap { router.name(of: $0) })
  }

  /// Runs when the router is not at work: while it flushes it must not be told anything.
  func afterFlush(_ body: @escaping () -> Void) {
    eventLoop.assumeIsolated().execute(body)
  }

  // MARK: What is done about it

  /// Everything that comes in one tick of the event loop goes out together at its end.
  private func scheduleTurn() {
    guard !isTurnScheduled, !isStopped else { return }
    isTurnScheduled = true
    eventLoop.assumeIsolated().execute { [self] in turn() }
  }

  /// Looks again a moment later whether the router still waits for what may come of answers.
  private func limitGathering() {
    guard router.keepsAppendsBack else {
      gathering?.cancel()
      gathering = nil
      return
    }
    guard gathering == nil else { return }
    gathering = eventLoop.assumeIsolated().scheduleTask(in: .microseconds(Int64(GroupCommit.gatherTime))) {
      [self] in
      gathering = nil
      router.gatherTimeIsOver()
      scheduleTurn()
    }
  }

  /// The time of the tick's first event: one look at the clock for all of them.
  private func tickTime() -> Moment {
    if let eventTime { return eventTime }
    let now = Moment.now()
    eventTime = now
    return now
  }

  private func turn() {
    isTurnScheduled = false
    eventTime = nil
    guard !isStopped else { return }
    perform(router.settle())
    if heap.isDue(windows: router.windowBytes) { cmalloc_grow(HeapGrowth.step) }
    var copies = EncryptedCopies(router.limits)
    let more = router.flush(at: .now()) { [connections, sockets] session, pieces in
      let slot = Int(session.slot)
      return sockets[slot].offer(
        pieces,
        blocked: { connections[slot]?.blocked(at: $0, of: $1) ?? .failed },
        encrypted: { copies.add(pieces, as: $0, for: session) },
        failed: { cut(connections[slot]) })
    }
    for copy in copies.all { encrypt(copy) }
    if router.isGathering { router.flushed(at: .now()) }
    perform(router.settle())
    if more { scheduleTurn() }
    limitGathering()
    if let emptied, router.sessionCount == 0, router.isQuiet {
      self.emptied = nil
      emptied.succeed()
    }
  }

  private func cut(_ connection: (any SessionConnection)?) {
    afterFlush { connection?.context?.close(promise: nil) }
  }

  private func encrypt(_ copy: EncryptedCopies.Copy) {
    if let bytes = copy.bytes {
      connection(of: copy.session)?.write(bytes)
    } else {
      writable(copy.session)
    }
  }

  private func perform(_ actions: [RouterAction]) {
    for action in actions {
      switch action {
      case .opened(let session): opened(session)
      case .close(let session, let reason): connection(of: session)?.close(for: reason)
      case .answer(let request, let body): requests.answer(request, body)
      case .pauseReading(let session): setReading(false, session)
      case .resumeReading(let session): setReading(true, session)
      case .send(let messages, let loop): ports[loop].deliver(messages)
      case .write(let writes, let ticket):
        let own = ports[loop]
        let start = NIODeadline.now()
        store.write(writes) { result in own.run { $0.written(ticket, result, since: start) } }
      case .authenticate(let ticket, let token): authenticate(token, ticket)
      case .read(let reads):
        let own = ports[loop]
        store.read(reads.map(\.query)) { results in own.run { $0.answered(reads, results) } }
      case .trace(let point): tracer?.write(point, at: Moment.now().unixNanoseconds)
      }
    }
  }

  private var loop: Int { router.number }

  private func authenticate(_ token: String, _ ticket: AuthenticationTicket) {
    // The router asks only where there is one.
    guard let tokenVerifier else { return }
    let own = ports[loop]
    Task {
      let result = await tokenVerifier.verify(token, at: Moment.now().unixTime)
      own.run { $0.authenticated(ticket, result) }
    }
  }

  private func authenticated(
    _ ticket: AuthenticationTicket, _ result: Result<Identity, AuthenticationFailure>
  ) {
    router.authenticated(ticket, result, at: .now())
    scheduleTurn()
  }

  private func written(
    _ ticket: WriteTicket, _ result: Result<[StoreOutcome], StoreError>, since start: NIODeadline
  ) {
    let now = NIODeadline.now()
    commits.record(now - start, at: now)
    let moment = Moment.now()
    if case .failure(let error) = result {
      storeErrors &+= 1
      log.writeFailed(error, at: moment.uptime)
    }
    log.committed(in: now - start, at: moment.uptime)
    router.written(ticket, result, at: moment)
    scheduleTurn()
  }

  private func answered(_ reads: [StoreRead], _ results: [Result<StoreAnswer, StoreError>]) {
    let now = tickTime()
    for (index, read) in reads.enumerated() {
      let result = index < results.count ? results[index] : .failure(.missingAnswer)
      if case .failure(let error) = result {
        storeErrors &+= 1
        log.readFailed(error, at: now.uptime)
      }
      router.answered(read.ticket, result, at: now)
    }
    scheduleTurn()
  }

  private func opened(_ session: SessionID) {
    log.opened(router.sessionState(session), from: connection(of: session)?.context?.channel.remoteAddress)
  }

  func connection(of session: SessionID) -> (any SessionConnection)? {
    guard connections.indices.contains(Int(session.slot)),
      let connection = connections[Int(session.slot)], connection.session == session
    else { return nil }
    return connection
  }

  private func setReading(_ reads: Bool, _ session: SessionID) {
    guard let context = connection(of: session)?.context else { return }
    try? context.channel.syncOptions?.setOption(.autoRead, value: reads)
  }
}

extension StoreError {
  fileprivate static let missingAnswer = StoreError(.io, "the store answered fewer queries than it was asked")
}
