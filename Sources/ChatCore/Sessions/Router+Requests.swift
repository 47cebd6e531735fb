// What a session asks for.
extension Router {
  mutating func handle(_ frame: consuming ClientFrame, from session: Session) throws(ChatError) {
    let request = frame.requestID
    switch frame.body {
    case .connect(let connect): try self.connect(connect, requestID: request, session: session)
    case .publish(let publish):
      try self.publish(publish, request, from: session, user: try user(ofOpen: session))
    case let body: try handle(body, request, from: session, user: try user(ofOpen: session))
    }
  }

  func user(ofOpen session: Session) throws(ChatError) -> UserID {
    guard session.state == .open, let user = session.user else {
      throw ChatError(
        .outOfOrder,
        session.state == .awaitingConnect
          ? "the first frame must be Connect" : "wait for Connected before sending anything else")
    }
    return user
  }

  private mutating func handle(
    _ body: ClientFrame.Body, _ request: UInt64, from session: Session, user: UserID
  ) throws(ChatError) {
    switch body {
    case .connect, .publish: break
    case .subscribe(let subscribe): try self.subscribe(subscribe, request, session: session, user: user)
    case .unsubscribe(let name): try unsubscribe(name, request, session: session, user: user)
    case .join(let name): try changeMembership(name, joins: true, request, session: session, user: user)
    case .leave(let name): try changeMembership(name, joins: false, request, session: session, user: user)
    case .history(let history): try self.history(history, request, session: session, user: user)
    case .acknowledge(let positions): try acknowledge(positions, session: session, user: user)
    case .markRead(let positions): try markRead(positions, session: session, user: user)
    case .typing(let name): try typing(name, session: session, user: user)
    case .refresh(let token): try refresh(token, request, session: session)
    case .ping: reply(to: session, request, heartbeat(for: session))
    case .unknown:
      throw ChatError(
        .invalidArgument, "ClientFrame.body is missing or not known to this version of the broker")
    }
  }

  private mutating func subscribe(
    _ subscribe: ClientFrame.Subscribe, _ request: UInt64, session: Session, user: UserID
  ) throws(ChatError) {
    let conversation = try Address(subscribe.conversation).conversation(from: user)
    try session.check(.subscribe, in: conversation)
    guard session.isService || session.subscribesInFlight < limits.subscribesInFlight else {
      throw ChatError.limit(
        "subscribes_in_flight",
        "subscribes_in_flight is \(limits.subscribesInFlight): wait for an answer first",
        retryAfter: limits.unavailableRetryAfter)
    }
    let start = subscribe.after.map(Cursor.Start.init) ?? .tail
    if let cursor = session.cursors[conversation] {
      guard cursor.announcements.count < Cursor.announcementsMost else {
        throw ChatError(
          .outOfOrder, "\(conversation) was subscribed to several times: wait for an answer first")
      }
      move(cursor, to: start, announcement: .subscribed(requestID: request))
      return
    }
    guard conversation.kind == .broadcast else {
      throw session.lacksRoom ? noRoom(for: conversation.name) : .notMember(user, conversation)
    }
    guard session.cursors.count + session.membershipsInFlight < limits.conversationsPerSession else {
      throw ChatError.limit(
        "conversations_per_session",
        "conversations_per_session is \(limits.conversationsPerSession): unsubscribe from one first")
    }
    follow(session, conversation, start: start, announcement: .subscribed(requestID: request))
  }

  private mutating func unsubscribe(
    _ name: String, _ request: UInt64, session: Session, user: UserID
  ) throws(ChatError) {
    let conversation = try Address(name).conversation(from: user)
    guard conversation.kind == .broadcast else {
      throw ChatError(.invalidArgument, "\(conversation) is not a broadcast: send Leave to end a membership")
    }
    if let cursor = session.cursors[conversation] { unfollow(cursor) }
    reply(to: session, request, .done)
  }

  mutating func changeMembership(
    _ name: String, joins: Bool, _ request: UInt64, session: Session, user: UserID
  ) throws(ChatError) {
    let conversation = try Address(name).conversation(from: user)
    guard conversation.kind == .group else {
      throw ChatError(
        .invalidArgument, "\(conversation) is not a group: only groups have members that join and leave")
    }
    if joins { try session.check(.subscribe, in: conversation) }
    if joins, !session.isService,
      session.cursors.count + session.membershipsInFlight >= limits.conversationsPerSession
    {
      throw ChatError.limit(
        "conversations_per_session",
        "conversations_per_session is \(limits.conversationsPerSession): leave one first")
    }
    guard session.isService || session.membershipsInFlight < limits.membershipsInFlight else {
      throw ChatError.limit(
        "memberships_in_flight",
        "memberships_in_flight is \(limits.membershipsInFlight): wait for an answer first",
        retryAfter: limits.unavailableRetryAfter)
    }
    session.membershipsInFlight += 1
    send(
      .changeMembership(
        MembershipRequest(
          conversation: conversation, user: user, joins: joins, session: session.id, requestID: request,
          loop: loop)),
      to: owner(of: conversation))
  }

  mutating func history(
    _ history: ClientFrame.History, _ request: UInt64, session: Session, user: UserID
  ) throws(ChatError) {
    let conversation = try Address(history.conversation).conversation(from: user)
    try checkAccess(to: conversation, for: .history, session: session, user: user)
    let bound = try history.bound()
    guard retention.keeps(conversation) else {
      // To the store it is empty, and will always be.
      var page = ServerFrame.HistoryPage()
      page.conversation = conversation.name
      return reply(to: session, request, .historyPage(page))
    }
    guard session.isService || session.historyInFlight < limits.historyInFlight else {
      throw ChatError.limit(
        "history_in_flight", "history_in_flight is \(limits.historyInFlight): wait for an answer first",
        retryAfter: limits.unavailableRetryAfter)
    }
    session.historyInFlight += 1
    let most = session.limits.pageMessages
    let wanted = history.limit == 0 ? most : Int(history.limit)
    read(
      .page(
        PageQuery(
          conversation: conversation,
          bound: bound,
          messages: min(wanted, most), bytes: limits.pageBytes)),
      .history(session.id, requestID: request, conversation))
  }

  /// Who may read and write: the two users, the members, or all; as far as the token grants it.
  func checkAccess(
    to conversation: ConversationID, for right: Grants.Rights, session: Session, user: UserID
  ) throws(ChatError) {
    if session.isService { return }
    try session.check(right, in: conversation)
    switch conversation.kind {
    case .broadcast: return
    case .group:
      if session.cursors[conversation] != nil { return }
      if session.token?.notFollowed.contains(conversation) == true { return }
      if session.lacksRoom { throw noRoom(for: conversation.name) }
    case .direct: if conversation.directUsers.contains(user) { return }
    }
    throw .notMember(user, conversation)
  }
}

extension ChatError {
  static func notMember(_ user: UserID, _ conversation: ConversationID) -> ChatError {
    switch conversation.kind {
    case .group: ChatError(.notMember, "\(user) is not a member of \(conversation): send Join first")
    default: ChatError(.notMember, "\(user) does not take part in \(conversation)")
    }
  }
}

extension ClientFrame.History {
  fileprivate func bound() throws(ChatError) -> PageQuery.Bound {
    switch (after, before, fromStart) {
    case (0, 0, false): .before(.max)
    case (0, 0, true): .after(0)
    case (_, 0, false): .after(after)
    case (0, _, false): .before(before)
    default:
      throw ChatError(
        .invalidArgument, "History has several of after, before and from_start: use one of them")
    }
  }
}
