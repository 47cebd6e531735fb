import ChatCore

// What comes from the connections, and from the clock.
extension ClientState {
  /// The connection is there: it is greeted.
  mutating func opened(_ link: Int, at now: UInt64) {
    guard connection.next?.id == link else { return act(.close(link: link)) }
    var connect = ClientFrame.Connect()
    connect.token = token
    connect.user = configuration.user
    connect.device = configuration.device
    connect.client = configuration.name
    // What does not fit is subscribed afterwards.
    connect.resume = frameSized(positions.all).first ?? []
    let resumed = connect.resume.map { ($0.conversation, $0.sequence) }
    connection.greeted(link, resumed: Dictionary(resumed) { $1 })
    act(.send(link: link, ClientFrame(requestID: makeRequestID(), body: .connect(connect))))
  }

  /// The connection has ended, or was never there.
  mutating func lost(_ link: Int, _ reason: ChatClientError, at now: UInt64) {
    follow(connection.lost(link, reason, at: now), at: now)
  }

  /// Bytes have come.
  mutating func received(_ link: Int, at now: UInt64) { connection.received(link, at: now) }

  mutating func received(_ frame: ServerFrame, from link: Int, at now: UInt64) {
    guard link == connection.current?.id else { return greeting(frame, from: link, at: now) }
    if let closing {
      if frame.requestID == closing.ping { end() }
      return
    }
    if case .error = frame.body {} else { connection.goesOn() }
    switch frame.body {
    case .message(let message): receive(message, at: now)
    case .gap(let gap):
      if gap.reason == .epochChanged { forgetRead(gap.conversation) }
      if let place = positions.receive(gap, at: now) { act(.update(.gap(gap, place))) }
      pump(at: now)
    case .event(let event): receive(event, at: now)
    case .heartbeat(let tails, _):
      positions.receive(tails: tails, at: now)
      answered(frame.requestID, frame.body, at: now)
    case .goAway(let goAway):
      connection.goAway(goAway, at: now)
      act(.update(.update(.goingAway(goAway))))
    case .published, .subscribed, .done, .historyPage, .error:
      answered(frame.requestID, frame.body, at: now)
    case .connected, .unknown: break
    }
  }

  private mutating func greeting(_ frame: ServerFrame, from link: Int, at now: UInt64) {
    guard link == connection.next?.id else { return }
    switch frame.body {
    case .connected(let connected):
      follow(connection.connected(link, connected, at: now), at: now)
    case .error(let error):
      follow(connection.refused(link, error, at: now), at: now)
    default: break
    }
  }

  private mutating func receive(_ message: Message, at now: UInt64) {
    // Without anybody who waits for an answer, reading pauses instead of dropping.
    let verdict = positions.receive(message, hasRoom: hasRoom || !hasUnanswered, at: now)
    switch verdict {
    case .deliver(let epoch): act(.update(.message(message, epoch: epoch)))
    case .jump: pump(at: now)
    case .duplicate, .noRoom, .unknown: break
    }
  }

  private mutating func receive(_ event: ServerFrame.Event, at now: UInt64) {
    switch event {
    case .following(let state):
      if leaving.remove(state.conversation) != nil { return }
      if let place = positions.meet(state) { act(.update(.place(place))) }
    case .unfollowed(let conversation): return unfollowed(conversation)
    case .marks: break
    case .typing, .members:
      // Not worth a place where there is none.
      guard hasRoom else { return }
    case .tokenExpiring: act(.refreshToken)
    case .unknown: return
    }
    act(.update(.update(.event(event))))
  }

  /// There is room for updates again.
  mutating func roomCame(at now: UInt64) {
    positions.roomCame(at: now)
    pump(at: now)
  }

  mutating func advance(to now: UInt64) {
    if let closing, now >= closing.deadline { return end() }
    expire(at: now)
    follow(connection.advance(to: now), at: now)
    if isConnected, let due = acknowledgeAt, now >= due { act(.collectAcknowledgements) }
    pump(at: now)
  }

  /// Carries out what the connections need.
  mutating func follow(_ steps: [ConnectionState.Action], at now: UInt64) {
    for step in steps {
      switch step {
      case .open(let link): act(.open(link: link))
      case .close(let link): act(.close(link: link))
      case .firstFailed(let reason):
        failAll(reason)
        act(.connected(.failure(reason)))
      case .adopted(let connected, let resumed): adopt(connected, resumed: resumed, at: now)
      case .disconnected(let reason, let retryIn):
        if closing != nil { return end() }
        act(.update(.update(.disconnected(reason: reason, retryIn: .milliseconds(Int64(clamping: retryIn))))))
      case .failed(let reason):
        failAll(reason)
        act(.update(.update(.disconnected(reason: reason, retryIn: .zero))))
        act(.finished)
      case .ping:
        let ping = ClientFrame(requestID: makeRequestID(), body: .ping)
        send(ping, at: now)
      }
    }
  }

  /// The session is on a new connection.
  private mutating func adopt(
    _ connected: ServerFrame.Connected, resumed: [String: UInt64], at now: UInt64
  ) {
    window.connectionLost()
    requests.connectionLost()
    positions.connectionLost()
    resubscribes.connectionLost()
    reconcile(connected, resumed: resumed, at: now)
    act(.update(.update(.connected(connected))))
    act(.connected(.success(connected)))
    unacknowledged.merge(acknowledged) { newer, _ in newer }
    acknowledged.removeAll()
    repeatReadMarks()
    if acknowledgeAt != nil || !unacknowledged.isEmpty { acknowledgeAt = now.adding(acknowledgeInterval) }
    pump(at: now)
  }
}
