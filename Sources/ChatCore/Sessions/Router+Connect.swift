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
    let user = wantsTokens ? nil : try UserID(frame.user)
    if wantsTokens {
      try authenticate(frame.token, field: "Connect.token", .connect(session.id))
      session.state = .authenticating
    }
    session.device = frame.device
    session.client = frame.client
    session.connect = (requestID, frame)
    // A secret is not kept longer than it is needed.
    session.connect?.frame.token = ""
    if let user { admit(session, as: user) }
  }

  /// It is known who it is.
  mutating func admit(_ session: Session, as user: UserID) {
    session.user = user
    session.state = .connecting
    users[user, default: []].append(session.id)
    readMemberships(of: session)
  }

  func checkPositions(_ positions: [Position], field: String) throws(ChatError) {
    guard positions.count <= limits.positionsPerFrame else {
      throw ChatError.limit(
        "positions_per_frame",
        "\(field) has \(positions.count) places: positions_per_frame is \(limits.positionsPerFrame)")
    }
  }

  mutating func readMemberships(of session: Session) {
    guard let user = session.user else { return }
    session.membershipsAreStale = false
    // One more than there is room for, to know whether there are more.
    let most = max(limits.conversationsPerSession, limits.conversationsPerSession &+ 1)
    read(.memberships(user, limit: most), .memberships(session.id))
  }

  /// Opens the session with a cursor on each conversation of its user.
  mutating func connected(_ session: Session, memberships: [Membership]) {
    guard session.state == .connecting, let user = session.user, let connect = session.connect else { return }
    if session.membershipsAreStale { return readMemberships(of: session) }
    session.state = .open
    openSessions += 1
    sessionCounters.opened[session.format, default: 0] &+= 1
    session.connect = nil

    var resume: [ConversationID: Position] = [:]
    for position in connect.frame.resume {
      guard let address = try? Address(position.conversation) else { continue }
      resume[address.conversation(from: user)] = position
    }
    var frame = ServerFrame.Connected()
    frame.session = name(of: session)
    frame.user = user.name
    frame.node = node
    frame.limits = session.limits.announced
    frame.serverTime = now.unixTime
    let known = memberships.suffix(limits.conversationsPerSession)
    let followed = known.filter { session.may(.subscribe, in: $0.conversation) }
    frame.conversations = followed.map { membership in
      var state = ConversationState(membership)
      if let position = resume[membership.conversation] {
        let isOfThisLog = position.epoch == 0 || position.epoch == state.epoch
        state.position = isOfThisLog ? min(position.sequence, state.lastSequence) : 0
      }
      return state
    }
    reply(to: session, connect.requestID, .connected(frame))
    actions.append(.opened(session.id))

    for membership in followed {
      let start = resume.removeValue(forKey: membership.conversation).map(Cursor.Start.init)
      follow(
        session, membership.conversation,
        start: start ?? .after(epoch: membership.log.epoch, sequence: membership.delivered),
        announcement: .none, firstGranted: membership.delivered &+ 1)
    }
    if followed.count < memberships.count { follow(memberships, by: session) }
    if resume[.everyone] == nil { followEveryone(session) }
    followBroadcasts(of: resume, session)
  }

  /// Follows those of the user's conversations that are not followed yet, the newest first, as far as there is room. It is told if
  /// there are more.
  ///
  /// - Parameter memberships: the newest last, and one more than there may be room for if there are so many.
  mutating func follow(_ memberships: [Membership], by session: Session) {
    session.lacksRoom = memberships.count > limits.conversationsPerSession
    for membership in memberships.reversed() where !follow(membership, by: session) {
      session.lacksRoom = true
    }
    if session.lacksRoom { tellNoRoom(session, for: "conversations that were not written to lately") }
  }

  mutating func followEveryone(_ session: Session) {
    guard session.may(.subscribe, in: .everyone), session.cursors[.everyone] == nil else { return }
    guard hasRoom(session) else { return tellNoRoom(session, for: ConversationID.everyone.name) }
    follow(session, .everyone, start: .tail, announcement: .following)
  }

  /// The session may follow one more conversation.
  func hasRoom(_ session: Session) -> Bool { session.cursors.count < limits.conversationsPerSession }

  /// Tells a session that it does not follow something that it did not ask for.
  mutating func tellNoRoom(_ session: Session, for something: String) {
    let error = noRoom(for: something)
    countLimit(error)
    reply(to: session, 0, .error(error))
  }

  /// The session may not follow as many conversations as its user has.
  func noRoom(for something: String) -> ChatError {
    .limit(
      "conversations_per_session",
      "conversations_per_session is \(limits.conversationsPerSession): this session does not follow \(something); leave "
        + "others, and connect again")
  }

  /// Follows the broadcasts that a device had followed.
  private mutating func followBroadcasts(of positions: [ConversationID: Position], _ session: Session) {
    let broadcasts = positions.filter { $0.key.kind == .broadcast }.sorted { $0.key.name < $1.key.name }
    if let refused = broadcasts.first(where: { !session.may(.subscribe, in: $0.key) })?.key {
      let count = broadcasts.count { !session.may(.subscribe, in: $0.key) }
      let message =
        "the token does not grant subscribe in \(refused)"
        + (count > 1 ? " and \(count - 1) more broadcasts of Connect.resume" : "") + ": not followed"
      reply(to: session, 0, .error(ChatError(.permissionDenied, message)))
    }
    for (conversation, position) in broadcasts where session.may(.subscribe, in: conversation) {
      guard session.cursors.count < limits.conversationsPerSession else {
        let message =
          "conversations_per_session is \(limits.conversationsPerSession): "
          + "\(conversation) and what follows it in Connect.resume is not subscribed"
        let error = ChatError.limit("conversations_per_session", message)
        countLimit(error)
        reply(to: session, 0, .error(error))
        break
      }
      follow(session, conversation, start: Cursor.Start(position), announcement: .following)
    }
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
    read = membership.read
    peerDelivered = membership.peer?.delivered ?? 0
    peerRead = membership.peer?.read ?? 0
  }
}

extension Limits {
  /// What clients are told.
  package var announced: ServerFrame.AnnouncedLimits {
    var announced = ServerFrame.AnnouncedLimits()
    announced.frameBytes = UInt32(clamping: frameBytes)
    announced.bodyBytes = UInt32(clamping: bodyBytes)
    announced.addressesPerPublish = UInt32(clamping: addressesPerPublish)
    announced.historyPageMessages = UInt32(clamping: pageMessages)
    announced.serverFrameBytes = UInt32(clamping: serverFrameBytes)
    announced.idleTimeoutMilliseconds = UInt32(clamping: idleTimeout)
    announced.heartbeatIntervalMilliseconds = UInt32(clamping: heartbeatInterval)
    return announced
  }
}
