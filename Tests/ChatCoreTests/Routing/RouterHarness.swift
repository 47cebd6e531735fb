@testable import ChatCore

/// One loop's router with a store in memory and sockets that take everything.
final class RouterHarness {
  var router: Router
  /// What each `send` offered, for each session, since the last ``flush()``.
  private(set) var sends: [SessionID: [[UInt8]]] = [:]
  /// Answers to requests of the service.
  private(set) var answers: [UInt64: ServerFrame.Body] = [:]
  private(set) var closes: [SessionID: ErrorCode?] = [:]
  /// Tokens that the router wants to be looked at.
  private(set) var tokens: [(ticket: AuthenticationTicket, token: String)] = []
  private(set) var traces: [TracePoint] = []
  private var formats: [SessionID: WireFormat] = [:]
  private var store = StoreContents(epoch: 1)
  private var uptime: UInt64 = 1_000
  private var nextRequest: UInt64 = 0
  /// How long the store takes for a write, in milliseconds.
  var storeTakes: UInt64 = 0
  /// The store keeps writes until ``commitHeld()``.
  var holdsWrites = false
  private var held: [(writes: [StoreWrite], ticket: WriteTicket)] = []
  /// Sessions that are not read from.
  private(set) var paused: Set<SessionID> = []

  init(
    loops: Int = 1, limits: Limits = Limits(), wantsTokens: Bool = false, sampler: TraceSampler = .off
  ) {
    var retention = RetentionRules()
    retention.none = ["broadcast:live/"]
    router = Router(
      loop: 0, loops: loops, node: "test", limits: limits, retention: retention, wantsTokens: wantsTokens,
      epoch: 7, sampler: sampler, at: Moment(uptime: 1_000, unixTime: 1_000))
  }

  private var now: Moment { Moment(uptime: uptime, unixTime: Int64(uptime)) }

  func pass(milliseconds: UInt64) { uptime += milliseconds }

  /// A session that is open and follows these broadcasts.
  func open(
    _ user: String, _ format: WireFormat = .stream, following broadcasts: [String] = []
  ) throws -> SessionID {
    let session = try router.accept(format, at: now)
    formats[session] = format
    var connect = ClientFrame.Connect()
    connect.user = user
    receive(.connect(connect), from: session)
    tick()
    for broadcast in broadcasts { receive(.subscribe(.init(conversation: broadcast)), from: session) }
    tick()
    return session
  }

  /// A session that has sent nothing.
  func accept() throws -> SessionID {
    let session = try router.accept(.stream, at: now)
    formats[session] = .stream
    return session
  }

  /// A session that has sent this, with a token that belongs to `identity`.
  func open(_ connect: ClientFrame.Connect, as identity: Identity) throws -> SessionID {
    let session = try accept()
    receive(.connect(connect), from: session)
    tick()
    answerToken(.success(identity))
    return session
  }

  /// Says what is to be thought of the token that the router asked about last.
  func answerToken(_ result: Result<Identity, AuthenticationFailure>) {
    guard let (ticket, _) = tokens.popLast() else { return }
    router.authenticated(ticket, result, at: now)
    tick()
  }

  /// Milliseconds since 1970.
  var unixTime: Int64 { now.unixTime }

  func receive(_ body: ClientFrame.Body, from session: SessionID) {
    var codec = FrameCodec(decodingBytes: 0)
    var buffer = FrameBuffer()
    nextRequest += 1
    codec.encode(ClientFrame(requestID: nextRequest, body: body), into: &buffer)
    guard formats[session] == .json else { return router.receive(buffer.readable, from: session, at: now) }
    var line = FrameBuffer()
    guard case .value(_, let prefix) = Varint.read(buffer.readable) else { return }
    try? codec.appendJSON(
      ofClientFrame: UnsafeRawBufferPointer(rebasing: buffer.readable[prefix...]), into: &line)
    router.receive(line.readable, from: session, at: now)
  }

  func publish(_ text: String, to addresses: String..., from session: SessionID) {
    var publish = ClientFrame.Publish()
    publish.to = addresses
    publish.body = Payload(Array(text.utf8))
    receive(.publish(publish), from: session)
  }

  /// Settles until the store has nothing to answer; returns what goes to other loops.
  @discardableResult
  func settle() -> [LoopMessage] {
    var forOthers = settleOnce()
    // Nothing comes before the next call.
    while router.keepsAppendsBack {
      passGatherTime()
      forOthers += settleOnce()
    }
    return forOthers
  }

  /// Leaves what waits for answers.
  private func settleOnce() -> [LoopMessage] {
    var forOthers: [LoopMessage] = []
    while case let actions = router.settle(), !actions.isEmpty {
      for action in actions { forOthers += perform(action) }
    }
    return forOthers
  }

  /// Nothing has come for a moment.
  func passGatherTime() {
    for _ in 0..<2 { router.gatherTimeIsOver() }
  }

  private func perform(_ action: RouterAction) -> [LoopMessage] {
    switch action {
    case .read(let reads):
      for read in reads { router.answered(read.ticket, .success(store.answer(read.query)), at: now) }
    case .write(let writes, let ticket) where holdsWrites: held.append((writes, ticket))
    case .write(let writes, let ticket):
      uptime += storeTakes
      router.written(ticket, .success(store.apply(writes)), at: now)
    case .send(let messages, _): return messages
    case .close(let session, let reason): closes[session] = .some(reason)
    case .answer(let number, let body): answers[number] = body
    case .authenticate(let ticket, let token): tokens.append((ticket, token))
    case .pauseReading(let session): paused.insert(session)
    case .resumeReading(let session): paused.remove(session)
    case .trace(let point): traces.append(point)
    case .opened: break
    }
    return []
  }

  /// Answers a question that was not left to ``settle()``.
  func answer(_ read: StoreRead) {
    router.answered(read.ticket, .success(store.answer(read.query)), at: now)
  }

  func commitHeld() {
    holdsWrites = false
    answerHeld()
  }

  /// Commits what the store has kept; it goes on keeping what comes.
  func answerHeld() {
    for (writes, ticket) in held { router.written(ticket, .success(store.apply(writes)), at: now) }
    held.removeAll()
  }

  /// How many messages each append has that the store keeps.
  var heldMessages: [Int] {
    held.flatMap(\.writes).compactMap {
      if case .append(_, let messages) = $0 { messages.count } else { nil }
    }
  }

  func flush() {
    sends = [:]
    while router.flush(
      at: now,
      { session, pieces in
        sends[session, default: []].append(pieces.flatMap { Array($0) })
        return .accepted
      })
    { settle() }
  }

  var isGathering: Bool { router.isGathering }

  /// What a driver does at the end of each batch of events.
  func turn() {
    _ = settleOnce()
    _ = router.flush(at: now) { _, _ in .accepted }
    router.flushed(at: now)
    _ = settleOnce()
  }

  /// One session's socket takes so many handovers, and keeps the next one, as a driver does with a message.
  func flush(blocking blocked: SessionID, after count: Int) {
    sends = [:]
    var left = count
    _ = router.flush(at: now) { session, pieces in
      sends[session, default: []].append(pieces.flatMap { Array($0) })
      guard session == blocked else { return .accepted }
      left -= 1
      return left >= 0 ? .accepted : .blocked(pieces.reduce(0) { $0 + $1.count })
    }
  }

  func writable(_ session: SessionID) { router.writable(session, at: now) }

  func tick() {
    settle()
    flush()
    settle()
  }

  /// What the frames of the last flush for a session say.
  func frames(_ session: SessionID) throws -> [ServerFrame.Body] { try answered(session).map(\.body) }

  /// The frames of the last flush for a session.
  func answered(_ session: SessionID) throws -> [ServerFrame] {
    var frames: [ServerFrame] = []
    var codec = FrameCodec(decodingBytes: 1 << 20)
    var reader = FrameReader(limit: 1 << 20)
    for bytes in sends[session] ?? [] where formats[session] == .json {
      for line in bytes.split(separator: UInt8(ascii: "\n")) {
        frames.append(try line.withUnsafeBytes { try codec.decodeServerFrame(json: $0) })
      }
    }
    for bytes in sends[session] ?? [] where formats[session] != .json {
      try bytes.withUnsafeBytes { bytes in
        try reader.read(bytes) { frame in
          if let decoded = try? codec.decodeServerFrame(frame) { frames.append(decoded) }
          return true
        }
      }
    }
    return frames
  }

  func messages(_ session: SessionID) throws -> [UInt64] {
    try frames(session).compactMap { if case .message(let message) = $0 { message.sequence } else { nil } }
  }

  func tails(_ session: SessionID) throws -> [[Position]] {
    try frames(session).compactMap { if case .heartbeat(let tails, _) = $0 { tails } else { nil } }
  }

  func serve(_ number: UInt64, _ body: ClientFrame.Body, for user: String) throws {
    router.serve(Router.ServiceRequest(number: number, body: body, user: try UserID(user)), at: now)
    tick()
  }

  func receive(bytes: [UInt8], from session: SessionID) {
    bytes.withUnsafeBytes { router.receive($0, from: session, at: now) }
  }

  func close(_ session: SessionID) { router.closed(session, at: now) }

  func disconnect(_ session: SessionID) -> Int { router.disconnect([session], at: now) }

  func advance(milliseconds: UInt64) {
    uptime += milliseconds
    router.advance(to: now)
  }

  func apply(_ limits: Limits) { router.apply(limits) }

  func deliver(_ messages: [LoopMessage]) { router.deliver(messages, at: now) }

  func drain(spread: UInt64) { router.drain(spread: spread, closesAfter: 5_000, jitter: 42, at: now) }

  var isQuiet: Bool { router.isQuiet }

  func closeAll() { router.closeAll(at: now) }

  func shedWindows() { router.shedWindows() }

  func setShortOfMemory(_ isShort: Bool) { router.isShortOfMemory = isShort }
}
