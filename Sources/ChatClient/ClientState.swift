import ChatCore

/// The whole client without sockets, threads and clock: events come in with their time, actions come out.
///
/// `now` is in milliseconds of a clock that never goes back. After each event the driver carries out
/// ``takeActions()`` and calls ``advance(to:)`` at ``deadline``.
struct ClientState<Waiter> {
  enum Action {
    case open(link: Int)
    case close(link: Int)
    case send(link: Int, ClientFrame)
    case update(UpdateQueue.Item)
    case answer(Waiter, Result<ServerFrame.Body, ChatClientError>)
    /// What `connect()` waits for.
    case connected(Result<ServerFrame.Connected, ChatClientError>)
    /// It is time for ``acknowledge(_:at:)``.
    case collectAcknowledgements
    /// The token expires: it is time for ``refresh(_:at:)``, if there is a provider.
    case refreshToken
    /// Everything has ended.
    case finished
  }

  struct Closing {
    let ping: UInt64
    let deadline: UInt64
  }

  let configuration: ChatClient.Configuration
  /// For the next connection.
  var token: String
  let requestTimeout: UInt64
  let acknowledgeInterval: UInt64
  var connection: ConnectionState
  var window: PublishWindow<Waiter>
  var requests: RequestTable<Waiter>
  var positions: Positions
  var resubscribes = Resubscribes()
  /// Before unavailable requests are tried again, if the broker does not say when.
  var retryBackoff: Backoff
  /// What the consumer has taken out; said again on each new connection, because the last word may be lost.
  var acknowledged: [String: Position] = [:]
  var unacknowledged: [String: Position] = [:]
  var acknowledgeAt: UInt64?
  /// What the user has read, as this client was told.
  var read: [String: Position] = [:]
  /// Where the broker does not know it yet.
  private var unsentReads: Set<String> = []
  var lastAcknowledge: UInt64 = 0
  /// Broadcasts that the new connection follows because it was asked to before they were unsubscribed.
  var leaving: Set<String> = []
  var closing: Closing?
  /// There is room for further updates; set by the driver before each event.
  var hasRoom = true
  private var lastRequestID: UInt64 = 0
  private var actions: [Action] = []

  init(_ configuration: ChatClient.Configuration, seed: UInt64) {
    self.configuration = configuration
    token = configuration.token
    requestTimeout = configuration.requestTimeout.milliseconds
    acknowledgeInterval = configuration.acknowledgeInterval.milliseconds
    let backoff = Backoff(
      initial: configuration.backoffInitial, maximum: configuration.backoffMaximum, seed: seed)
    connection = ConnectionState(connectTimeout: configuration.connectTimeout.milliseconds, backoff: backoff)
    connection.mostRefusedTokens =
      configuration.tokenProvider == nil ? 1 : ConnectionState.mostRefusedOfProvider
    retryBackoff = Backoff(
      initial: configuration.backoffInitial, maximum: configuration.backoffMaximum, seed: ~seed)
    window = PublishWindow(
      inFlightLimit: configuration.publishesInFlight, waitingLimit: configuration.publishesWaiting)
    requests = RequestTable(limit: configuration.requestsWaiting)
    positions = Positions(configuration.resume)
  }

  var isConnected: Bool { connection.current != nil }

  /// Whether to read from the connection in use. While somebody waits for an answer, it must be read in any case:
  /// the consumer itself may be the one who waits.
  var wantsToRead: Bool { hasRoom || hasUnanswered || closing != nil }

  var hasUnanswered: Bool { !window.isEmpty || !requests.isEmpty }

  /// When to call ``advance(to:)``.
  var deadline: UInt64? {
    let deadlines = [
      connection.deadline, window.deadline(isConnected: isConnected),
      requests.deadline(isConnected: isConnected),
      isConnected ? positions.deadline : nil, isConnected ? acknowledgeAt : nil, closing?.deadline,
    ]
    return deadlines.lazy.compactMap { $0 }.min()
  }

  mutating func takeActions() -> [Action] {
    defer { actions.removeAll(keepingCapacity: true) }
    return actions
  }

  mutating func act(_ action: Action) { actions.append(action) }

  /// An id for a request.
  mutating func makeRequestID() -> UInt64 {
    lastRequestID += 1
    return lastRequestID
  }

  // MARK: Calls

  mutating func connect(at now: UInt64) {
    do throws(ChatClientError) {
      follow(try connection.start(at: now), at: now)
    } catch {
      act(.connected(.failure(error)))
    }
  }

  /// Nobody waits for `connect()` any longer.
  mutating func abandonConnect(at now: UInt64) {
    guard connection.phase == .first, let link = connection.next?.id else { return }
    act(.close(link: link))
    follow(connection.lost(link, ChatClientError(.cancelled, "connect() was cancelled"), at: now), at: now)
  }

  mutating func close(acknowledging positions: [Position], at now: UInt64) {
    if case .ended = connection.phase { return act(.finished) }
    guard closing == nil else { return }
    failAll(.closed)
    if connection.phase == .first { act(.connected(.failure(.closed))) }
    acknowledge(positions, at: now)
    guard isConnected else { return end() }
    // The answer shows that the broker has what was sent before.
    let ping = makeRequestID()
    closing = Closing(ping: ping, deadline: now.adding(configuration.closeTimeout.milliseconds))
    send(ClientFrame(requestID: ping, body: .ping), at: now)
  }

  mutating func end() {
    closing = nil
    follow(connection.end(.closed), at: 0)
    act(.finished)
  }

  func failure(of phase: ConnectionState.Phase) -> ChatClientError? {
    if closing != nil { return .closed }
    return switch phase {
    case .idle: .notConnected
    case .first, .running: nil
    case .ended(let reason): reason
    }
  }

  mutating func failAll(_ reason: ChatClientError) {
    for waiter in window.removeAll() { act(.answer(waiter, .failure(reason))) }
    for waiter in requests.removeAll() { act(.answer(waiter, .failure(reason))) }
  }

  // MARK: Acknowledgements

  /// The consumer has taken something out.
  mutating func consumed(at now: UInt64) {
    guard configuration.acknowledges, acknowledgeAt == nil else { return }
    acknowledgeAt = max(now, lastAcknowledge.adding(acknowledgeInterval))
  }

  mutating func acknowledge(_ positions: [Position], at now: UInt64) {
    guard configuration.acknowledges else { return }
    // A broadcast has no delivered marks.
    for position in positions where !position.conversation.isBroadcast {
      unacknowledged[position.conversation] = position
    }
    acknowledgeAt = nil
    guard isConnected, !unacknowledged.isEmpty else { return }
    lastAcknowledge = now
    for frame in frameSized(Array(unacknowledged.values)) {
      send(ClientFrame(requestID: 0, body: .acknowledge(frame)), at: now)
    }
    acknowledged.merge(unacknowledged) { $1 }
    unacknowledged.removeAll()
  }

  /// The user has read it: the broker is told now, or when there is a connection.
  mutating func markRead(_ position: Position, at now: UInt64) {
    if let known = read[position.conversation], known.epoch == position.epoch,
      known.sequence >= position.sequence
    {
      return
    }
    read[position.conversation] = position
    unsentReads.insert(position.conversation)
    pump(at: now)
  }

  /// What was said last may be lost: the broker stores it after a while.
  mutating func repeatReadMarks() { unsentReads = Set(read.keys) }

  /// The log is another one, or is no longer followed.
  mutating func forgetRead(_ conversation: String) {
    read[conversation] = nil
    unsentReads.remove(conversation)
  }

  private mutating func sendReadMarks(at now: UInt64) {
    guard !unsentReads.isEmpty else { return }
    for frame in frameSized(unsentReads.compactMap { read[$0] }) {
      send(ClientFrame(requestID: 0, body: .markRead(frame)), at: now)
    }
    unsentReads.removeAll()
  }

  /// Without a connection nobody needs to know.
  mutating func typing(in conversation: String, at now: UInt64) {
    guard isConnected, closing == nil else { return }
    send(ClientFrame(requestID: 0, body: .typing(conversation: conversation)), at: now)
  }

  /// There is a new token, for this session and the next ones.
  mutating func refresh(_ token: String, at now: UInt64) {
    self.token = token
    guard isConnected, closing == nil else { return }
    send(ClientFrame(requestID: makeRequestID(), body: .refresh(token: token)), at: now)
  }

  // MARK: Sending

  mutating func send(_ frame: ClientFrame, at now: UInt64) {
    guard let link = connection.current?.id else { return }
    act(.send(link: link, frame))
    connection.sent(at: now)
  }

  /// Sends what may be sent now.
  mutating func pump(at now: UInt64) {
    guard isConnected, closing == nil else { return }
    for place in positions.dueRepairs(at: now) {
      subscribeAgain(from: place, at: now)
    }
    sendReadMarks(at: now)
    while let (id, body) = requests.next(at: now) { send(ClientFrame(requestID: id, body: body), at: now) }
    while let (id, publish) = window.next(at: now) {
      send(ClientFrame(requestID: id, body: .publish(publish)), at: now)
    }
  }

  /// No broker refuses so many positions in a frame.
  static var positionsPerFrame: Int { 1000 }

  /// Cuts positions into pieces that fit into a frame each.
  func frameSized(_ positions: [Position]) -> [[Position]] {
    // Before the broker has announced a limit, the least usual one is taken.
    let announced = Int(connection.limits.frameBytes)
    let room = max(1, (announced == 0 ? 128 * 1024 : announced) - 1024 - token.utf8.count)
    var pieces: [[Position]] = []
    var used = Int.max
    for position in positions {
      // Two varints, tags and lengths.
      let size = position.conversation.utf8.count + 32
      if used > room - min(size, room) || pieces[pieces.count - 1].count == Self.positionsPerFrame {
        pieces.append([])
        used = 0
      }
      pieces[pieces.count - 1].append(position)
      used += size
    }
    return pieces
  }
}
