// What the operator's interface asks of a loop: the same requests as a session's, for any user, and a look inside.
extension Router {
  /// A request that comes from no session.
  package struct ServiceRequest: Sendable {
    /// Chosen by the driver; the answer comes as ``RouterAction/answer(_:_:)`` with the same number.
    let number: UInt64
    /// `Publish`, `Join`, `Leave` or `History`.
    let body: ClientFrame.Body
    /// For whom it is done.
    let user: UserID

    package init(number: UInt64, body: ClientFrame.Body, user: UserID) {
      self.number = number
      self.body = body
      self.user = user
    }
  }

  /// Does what is asked for, without a look at who may; answers exactly once.
  package mutating func serve(_ request: ServiceRequest, at now: Moment) {
    self.now = now
    do throws(ChatError) {
      if isDraining { throw ChatError(.draining, "this node is shutting down: ask another one") }
      switch request.body {
      case .publish(let publish):
        try self.publish(publish, request.number, from: service, user: request.user)
      case .join(let name):
        try changeMembership(name, joins: true, request.number, session: service, user: request.user)
      case .leave(let name):
        try changeMembership(name, joins: false, request.number, session: service, user: request.user)
      case .history(let history):
        try self.history(history, request.number, session: service, user: request.user)
      default:
        throw ChatError(.invalidArgument, "this request needs a session")
      }
    } catch {
      countLimit(error)
      reply(to: service, request.number, .error(error))
    }
  }

  /// Closes sessions; their clients may connect again.
  ///
  /// - Returns: how many there were.
  package mutating func disconnect(_ ids: [SessionID], at now: Moment) -> Int {
    self.now = now
    let found = ids.compactMap { sessions[$0] }.filter { $0.state != .closing }
    for session in found {
      refuse(
        session, ChatError(.disconnected, "an administrator ended the session: connect again if you may"))
    }
    return found.count
  }

  /// The open sessions of a user on this loop.
  package func sessions(of user: UserID) -> [SessionID] { users[user] ?? [] }

  /// All sessions on this loop that have a user. O(sessions).
  package func sessionStates() -> [SessionState] {
    sessions.all.compactMap { state(of: $0) }
  }

  /// Nil if there is no such session, or it has not sent `Connect`.
  package func sessionState(_ id: SessionID) -> SessionState? {
    sessions[id].flatMap { state(of: $0) }
  }

  private func state(of session: Session) -> SessionState? {
    guard let user = session.user, session.state == .open || session.state == .connecting else { return nil }
    var state = SessionState(
      id: session.id, name: name(of: session), user: user, device: session.device, client: session.client,
      format: session.format, acceptedAt: now.unixTime(ofUptime: session.acceptedAt))
    state.conversations = session.cursors.count
    state.outboxBytes = session.outbox.count
    state.isWritable = sessions.outlets[session.slot].isWritable
    state.lag = lag(of: session)
    return state
  }

  /// The session of this loop with a name as in `Connected.session`.
  package func session(named name: String) -> SessionID? {
    let parts = name.split(separator: "/", omittingEmptySubsequences: false).suffix(2).compactMap {
      UInt32($0)
    }
    guard parts.count == 2, let session = sessions[SessionID(slot: parts[0], generation: parts[1])],
      self.name(of: session) == name
    else { return nil }
    return session.id
  }

  func name(of session: Session) -> String {
    "\(node)/\(loop)/\(session.id.slot)/\(session.id.generation)"
  }

  /// Users with a session on this loop. O(users).
  package var userIDs: [UserID] { Array(users.keys) }

  /// What this loop holds now. O(sessions), a few bytes of each; with top conversations also O(conversations).
  package func gauges(topConversations: Int) -> RouterGauges {
    var gauges = RouterGauges()
    gauges.windowBytes = windowBytes
    gauges.sessions = openSessions
    gauges.conversations = conversations.count
    gauges.laggingSessions = sessions.blockedCount
    gauges.largestLag = largestLag
    if topConversations > 0 { gauges.top = top(topConversations) }
    return gauges
  }

  /// Of the sessions that have not got everything. O(sessions), and O(conversations) of those.
  private var largestLag: UInt64 {
    var largest: UInt64 = 0
    sessions.forEach { session, outlet in
      // Who takes bytes and waits for none is at the tails.
      guard session.state == .open, !outlet.isWritable || session.hasOutput || session.pagesHeld > 0 else {
        return
      }
      largest = max(largest, lag(of: session))
    }
    for cursor in retryingCursors where cursor.state == .retrying { largest = max(largest, cursor.lag) }
    return largest
  }

  private func lag(of session: Session) -> UInt64 {
    session.cursors.values.reduce(0) { $0 &+ $1.lag }
  }

  /// The owned conversations with the most messages, those first.
  private func top(_ count: Int) -> [RouterGauges.Conversation] {
    var top: [RouterGauges.Conversation] = []
    for conversation in conversations.all {
      guard let log = conversation.log else { continue }
      // Most conversations are not among them, which is seen without a look at anything else.
      if top.count == count, let last = top.last, log.published < last.messages { continue }
      let candidate = RouterGauges.Conversation(
        name: conversation.id.name, followers: log.followers.reduce(0, +), messages: log.published)
      let place = top.firstIndex { candidate.isBefore($0) } ?? top.count
      top.insert(candidate, at: place)
      if top.count > count { top.removeLast() }
    }
    return top
  }

  /// Counts that a named limit was hit.
  mutating func countLimit(_ error: ChatError) {
    guard let limit = error.limit else { return }
    limitsHit[limit, default: 0] &+= 1
  }
}

/// A session as its loop sees it.
package struct SessionState: Sendable {
  package let id: SessionID
  /// As in `Connected.session`.
  package let name: String
  package let user: UserID
  package let device: String
  package let client: String
  package let format: WireFormat
  /// Milliseconds since 1970.
  package let acceptedAt: Int64
  package var conversations = 0
  /// Messages that wait for it.
  package var lag: UInt64 = 0
  package var outboxBytes = 0
  package var isWritable = true
}

/// What a loop holds at a moment.
package struct RouterGauges: Sendable {
  /// A conversation that the loop owns.
  package struct Conversation: Sendable {
    package let name: String
    /// Sessions on all loops.
    package let followers: Int
    /// Since the loop began to use it.
    package let messages: UInt64

    fileprivate func isBefore(_ other: Conversation) -> Bool {
      (messages, followers, other.name) > (other.messages, other.followers, name)
    }
  }

  package var sessions = 0
  /// In memory.
  package var conversations = 0
  package var windowBytes = 0
  /// Whose connections take no bytes now.
  package var laggingSessions = 0
  /// Messages that the session furthest behind has not got.
  package var largestLag: UInt64 = 0
  /// Those with the most messages first.
  package var top: [Conversation] = []
}
