import ChatCore

/// Which connections there are, and when to open, close and ping them.
///
/// At most two: the one in use, and the one that will replace it. The second one serves the first connection, a
/// reconnect, and the move to another node alike.
struct ConnectionState {
  enum Action: Equatable {
    case open(link: Int)
    case close(link: Int)
    /// `connect()` has failed.
    case firstFailed(ChatClientError)
    /// What was sent on this connection and not answered has to be sent on the next one.
    case adopted(ServerFrame.Connected, resumed: [String: UInt64])
    case disconnected(ChatClientError, retryIn: UInt64)
    /// There will be no further connection.
    case failed(ChatClientError)
    case ping
  }

  enum Phase: Equatable {
    case idle
    /// `connect()` waits.
    case first
    /// Connects again and again.
    case running
    case ended(ChatClientError)
  }

  struct Link {
    let id: Int
    /// Connected must be there at this time.
    var answerBy: UInt64
    var openedAt: UInt64 = 0
    var lastReceived: UInt64 = 0
    var lastSent: UInt64 = 0
    /// What `Connect.resume` named, with the sequences.
    var resumed: [String: UInt64] = [:]
    /// The last error that answered no request: it may be why the broker closes the connection.
    var refusal: ChatError?
  }

  /// A link on which nothing came for this many halves of the heartbeat interval is dead.
  static let deadAfterHalfHeartbeats: UInt64 = 5
  /// A ping is sent after this part of the broker's idle time-out.
  static let pingsPerIdleTimeout: UInt64 = 3

  /// A wait that the broker asks for is at most this long, in milliseconds.
  static let longestHint: UInt64 = 300_000

  /// So many tokens in a row of a provider have to be refused before the client gives up: one may have expired on
  /// its way.
  static let mostRefusedOfProvider = 2

  private(set) var phase: Phase = .idle
  /// The one in use.
  private(set) var current: Link?
  /// The one to come.
  private(set) var next: Link?
  /// What the broker announced last.
  private(set) var limits = ServerFrame.AnnouncedLimits()
  private var connectAt: UInt64?
  private var lastID = 0
  private var isReading = true
  /// With so many refused in a row the client gives up.
  var mostRefusedTokens = 1
  private var refusedTokens = 0
  private var backoff: Backoff
  private let connectTimeout: UInt64

  init(connectTimeout: UInt64, backoff: Backoff) {
    self.connectTimeout = connectTimeout
    self.backoff = backoff
  }

  /// When ``advance(to:)`` has something to do.
  var deadline: UInt64? {
    var earliest = UInt64.max
    if let next { earliest = next.answerBy }
    if next == nil, let connectAt { earliest = min(earliest, connectAt) }
    if let current { earliest = min(earliest, deadAt(current), pingAt(current)) }
    return earliest == .max ? nil : earliest
  }

  // MARK: Calls

  mutating func start(at now: UInt64) throws(ChatClientError) -> [Action] {
    switch phase {
    case .idle:
      phase = .first
      return open(at: now)
    case .first, .running:
      throw ChatClientError(
        .alreadyConnected, "connect() was called before: the client connects again by itself, so call it once"
      )
    case .ended(let reason): throw reason
    }
  }

  /// Ends all connections for good.
  mutating func end(_ reason: ChatClientError) -> [Action] {
    defer { (current, next, connectAt, phase) = (nil, nil, nil, .ended(reason)) }
    return [current, next].compactMap { $0.map { .close(link: $0.id) } }
  }

  // MARK: Links

  /// The connection is there; Connect is sent, with these places.
  mutating func greeted(_ link: Int, resumed: [String: UInt64]) {
    guard next?.id == link else { return }
    next?.resumed = resumed
  }

  mutating func connected(_ link: Int, _ frame: ServerFrame.Connected, at now: UInt64) -> [Action] {
    guard var opened = next, opened.id == link else { return [] }
    var actions: [Action] = []
    if let current { actions.append(.close(link: current.id)) }
    (opened.openedAt, opened.lastReceived, opened.lastSent) = (now, now, now)
    actions.append(.adopted(frame, resumed: opened.resumed))
    limits = frame.limits
    refusedTokens = 0
    (current, next, connectAt, phase, isReading) = (opened, nil, nil, .running, true)
    current?.resumed = [:]
    return actions
  }

  /// The broker does not open the session.
  mutating func refused(_ link: Int, _ error: ChatError, at now: UInt64) -> [Action] {
    guard next?.id == link else { return [] }
    next = nil
    return [.close(link: link)] + attemptFailed(.refused(error), at: now)
  }

  /// The broker has said something that answers nothing.
  mutating func noted(_ error: ChatError) { current?.refusal = error }

  /// The broker has gone on, so what it said before was not why it ends the connection.
  mutating func goesOn() { current?.refusal = nil }

  mutating func lost(_ link: Int, _ reason: ChatClientError, at now: UInt64) -> [Action] {
    if next?.id == link {
      next = nil
      return attemptFailed(reason, at: now)
    }
    guard let lost = current, lost.id == link else { return [] }
    current = nil
    // A broker that closes each connection at once must not be hammered.
    if now.since(lost.openedAt) >= backoff.maximum { backoff.reset() }
    if next == nil, connectAt == nil { connectAt = now.adding(backoff.next()) }
    let retryIn = next == nil ? (connectAt ?? now).since(now) : 0
    return [.disconnected(lost.refusal.map(ChatClientError.refused) ?? reason, retryIn: retryIn)]
  }

  mutating func goAway(_ goAway: ServerFrame.GoAway, at now: UInt64) {
    guard current != nil, next == nil, connectAt == nil else { return }
    connectAt = now.adding(min(goAway.reconnectAfter, goAway.closesAfter, Self.longestHint))
  }

  // MARK: Time

  mutating func received(_ link: Int, at now: UInt64) {
    if current?.id == link { current?.lastReceived = now }
  }

  mutating func sent(at now: UInt64) { current?.lastSent = now }

  /// Whether the socket is read. While it is not, silence means nothing.
  mutating func setReading(_ reads: Bool, at now: UInt64) {
    if reads, !isReading { current?.lastReceived = now }
    isReading = reads
  }

  mutating func advance(to now: UInt64) -> [Action] {
    var actions: [Action] = []
    if let late = next, now >= late.answerBy {
      next = nil
      actions.append(.close(link: late.id))
      actions += attemptFailed(
        ChatClientError(
          .timedOut, "the broker did not open the session within \(connectTimeout) ms: check address and port"
        ),
        at: now)
    }
    if next == nil, let due = connectAt, now >= due {
      actions += open(at: now)
    }
    if let link = current, now >= deadAt(link) {
      actions.append(.close(link: link.id))
      let silence = ChatClientError(
        .timedOut, "the broker was silent for \(now.since(link.lastReceived)) ms: the client connects again")
      actions += lost(link.id, silence, at: now)
    } else if let link = current, now >= pingAt(link) {
      current?.lastSent = now
      actions.append(.ping)
    }
    return actions
  }

  private func deadAt(_ link: Link) -> UInt64 {
    guard isReading, limits.heartbeatIntervalMilliseconds > 0 else { return .max }
    let silence = UInt64(limits.heartbeatIntervalMilliseconds) * Self.deadAfterHalfHeartbeats / 2
    return link.lastReceived.adding(silence)
  }

  private func pingAt(_ link: Link) -> UInt64 {
    guard limits.idleTimeoutMilliseconds > 0 else { return .max }
    return link.lastSent.adding(max(1, UInt64(limits.idleTimeoutMilliseconds) / Self.pingsPerIdleTimeout))
  }

  private mutating func open(at now: UInt64) -> [Action] {
    lastID += 1
    connectAt = nil
    next = Link(id: lastID, answerBy: now.adding(connectTimeout))
    return [.open(link: lastID)]
  }

  private mutating func attemptFailed(_ reason: ChatClientError, at now: UInt64) -> [Action] {
    if phase == .first {
      phase = .idle
      return [.firstFailed(reason)]
    }
    if reason.refusal?.code == .unauthenticated { refusedTokens += 1 }
    let hasAnotherToken = reason.refusal?.code == .unauthenticated && refusedTokens < mostRefusedTokens
    if reason.isFinal, !hasAnotherToken { return end(reason) + [.failed(reason)] }
    let wait = max(backoff.next(), min(reason.refusal?.retryAfter ?? 0, Self.longestHint))
    connectAt = now.adding(wait)
    return current == nil ? [.disconnected(reason, retryIn: wait)] : []
  }
}
