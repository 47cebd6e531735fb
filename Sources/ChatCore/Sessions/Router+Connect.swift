// From `Connect` to `Connected`.
extension Router {
  mutating func connect(_ frame: ClientFrame.Connect, requestID: UInt64, session: Session) throws(ChatError) {
    guard session.state == .awaitingConnect else {
      throw ChatError(.outOfOrder, "this session has sent Connect already: open another connection")
    }
    if isDraining { throw ChatError(.draining, "this node is shutting down: connect to another one") }
    for (name, value) in [("device", frame.device), ("client", frame.client)] where value.utf8.count > 128 {
      throw ChatError(
        .invalidArgument, "Connect.\(name) has \(value.utf8.count) bytes: at most 128 are allowed")
    }
    try checkPositions(frame.resume, field: "Connect.resume")
    let user = try UserID(frame.user)
    session.user = user
    session.state = .connecting
    session.connect = (requestID, frame)
    users[user, default: []].append(session.id)
    readMemberships(of: session)
  }

  func checkPositions(_ positions: [Position], field: String) throws(ChatError) {
    guard positions.count <= limits.positionsPerFrame else {
      throw ChatError(
        .limitExceeded,
        "\(field) has \(positions.count) places: positions_per_frame is \(limits.positionsPerFrame)")
    }
  }

  mutating func readMemberships(of session: Session) {
    guard let user = session.user else { return }
    session.membershipsAreStale = false
    read(.memberships(user, limit: limits.conversationsPerSession), .memberships(session.id))
  }

  /// Opens the session with a cursor on each conversation of its user.
  mutating func connected(_ session: Session, memberships: [Membership]) {
    guard session.state == .connecting, let user = session.user, let connect = session.connect else { return }
    if session.membershipsAreStale { return readMemberships(of: session) }
    session.state = .open
    session.connect = nil

    var resume: [ConversationID: Position] = [:]
    for position in connect.frame.resume {
      guard let address = try? Address(position.conversation) else { continue }
      resume[address.conversation(from: user)] = position
    }
    var frame = ServerFrame.Connected()
    frame.session = "\(node)/\(loop)/\(session.id.slot)/\(session.id.generation)"
    frame.user = user.name
    frame.node = node
    frame.limits = announcedLimits
    frame.serverTime = now.unixTime
    frame.conversations = memberships.map { membership in
      var state = ConversationState(membership)
      if let position = resume[membership.conversation] {
        let isOfThisLog = position.epoch == 0 || position.epoch == state.epoch
        state.position = isOfThisLog ? min(position.sequence, state.lastSequence) : 0
      }
      return state
    }
    reply(to: session, connect.requestID, .connected(frame))

    for membership in memberships {
      let start = resume.removeValue(forKey: membership.conversation).map(Cursor.Start.init)
      follow(
        session, membership.conversation,
        start: start ?? .after(epoch: membership.log.epoch, sequence: membership.delivered),
        announcement: .none)
    }
    if resume[.everyone] == nil {
      follow(session, .everyone, start: .tail, announcement: .following)
    }
    let broadcasts = resume.filter { $0.key.kind == .broadcast }.sorted { $0.key.name < $1.key.name }
    for (conversation, position) in broadcasts {
      guard session.cursors.count < limits.conversationsPerSession else {
        let message =
          "conversations_per_session is \(limits.conversationsPerSession): "
          + "\(conversation) and what follows it in Connect.resume is not subscribed"
        reply(to: session, 0, .error(ChatError(.limitExceeded, message)))
        break
      }
      follow(session, conversation, start: Cursor.Start(position), announcement: .following)
    }
  }

  private var announcedLimits: ServerFrame.AnnouncedLimits {
    var announced = ServerFrame.AnnouncedLimits()
    announced.frameBytes = UInt32(clamping: limits.frameBytes)
    announced.bodyBytes = UInt32(clamping: limits.bodyBytes)
    announced.addressesPerPublish = UInt32(clamping: limits.addressesPerPublish)
    announced.historyPageMessages = UInt32(clamping: limits.pageMessages)
    announced.serverFrameBytes = UInt32(clamping: limits.serverFrameBytes)
    announced.idleTimeoutMilliseconds = UInt32(clamping: limits.idleTimeout)
    announced.heartbeatIntervalMilliseconds = UInt32(clamping: limits.heartbeatInterval)
    return announced
  }
}

extension Cursor.Start {
  init(_ position: Position) {
    self = .after(epoch: position.epoch, sequence: position.sequence)
  }
}

extension ConversationState {
  init(_ membership: Membership) {
    self.init()
    conversation = membership.conversation.name
    epoch = membership.log.epoch
    lastSequence = membership.log.lastSequence
    position = membership.delivered
    members = membership.log.members
  }
}
