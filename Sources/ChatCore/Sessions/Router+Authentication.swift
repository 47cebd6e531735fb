// Who may: tokens are checked by the driver, what they grant is kept by the session.
extension Router {
  /// What waits for the verdict on a token.
  enum PendingAuthentication {
    case connect(SessionID)
    case refresh(SessionID, requestID: UInt64)
  }

  // MARK: Asking the driver

  mutating func authenticate(_ token: String, field: String, _ pending: PendingAuthentication)
    throws(ChatError)
  {
    guard !token.isEmpty else {
      throw failed(
        AuthenticationFailure(
          .missing, "\(field) is empty: this broker wants a token (a JWT) that says who you are"))
    }
    guard token.utf8.count <= limits.tokenBytes else {
      let failure = AuthenticationFailure(
        .tooLarge,
        "\(field) has \(token.utf8.count) bytes: token_bytes is \(limits.tokenBytes); use fewer grants, or prefixes"
      )
      authenticationFailures[failure.reason, default: 0] &+= 1
      throw ChatError.limit("token_bytes", failure.message, code: .unauthenticated)
    }
    guard pendingAuthentications.count < limits.authenticationsInFlight else {
      throw ChatError.limit(
        "authentications_in_flight",
        "authentications_in_flight is \(limits.authenticationsInFlight): too many connect at once; retry later",
        code: .unavailable, retryAfter: limits.unavailableRetryAfter)
    }
    let ticket = AuthenticationTicket(number: takeTicket())
    pendingAuthentications[ticket] = pending
    actions.append(.authenticate(ticket, token: token))
  }

  /// The driver has looked at a token.
  package mutating func authenticated(
    _ ticket: AuthenticationTicket, _ result: Result<Identity, AuthenticationFailure>, at now: Moment
  ) {
    self.now = now
    guard let pending = pendingAuthentications.removeValue(forKey: ticket) else { return }
    switch pending {
    case .connect(let id):
      guard let session = sessions[id], session.state == .authenticating, let connect = session.connect else {
        return
      }
      do throws(ChatError) {
        try admit(session, as: try identity(result, expected: connect.frame.user, field: "Connect.user"))
      } catch {
        counters.framesRefused &+= 1
        reply(to: session, connect.requestID, .error(error))
        session.closeReason = error.code
        close(session)
      }
    case .refresh(let id, let request):
      guard let session = sessions[id], session.state == .open, let user = session.user,
        let token = session.token
      else { return }
      token.isRefreshing = false
      do throws(ChatError) {
        let identity = try identity(result, expected: user.name, field: "the session's user")
        replace(token, of: session, with: identity, request)
      } catch {
        counters.framesRefused &+= 1
        reply(to: session, request, .error(error))
      }
    }
  }

  private mutating func identity(
    _ result: Result<Identity, AuthenticationFailure>, expected user: String, field: String
  ) throws(ChatError) -> Identity {
    switch result {
    case .failure(let failure): throw failed(failure)
    case .success(let identity):
      guard user.isEmpty || user == identity.user.name else {
        throw failed(
          AuthenticationFailure(
            .otherUser,
            "\(field) is \(user.quoted), but the token is that of \(identity.user.name.quoted): leave the user empty, "
              + "or bring a token of that user"))
      }
      if let end = identity.expiresAt, end <= now.unixTime {
        throw failed(AuthenticationFailure(.expired, "the token has expired: bring a new one"))
      }
      return identity
    }
  }

  private mutating func failed(_ failure: AuthenticationFailure) -> ChatError {
    authenticationFailures[failure.reason, default: 0] &+= 1
    return failure.error
  }

  private mutating func admit(_ session: Session, as identity: Identity) throws(ChatError) {
    let token = SessionToken(identity, warning: limits.tokenWarning, at: now)
    session.token = token
    scheduleCheck(of: session, token)
    admit(session, as: identity.user)
  }

  // MARK: Refreshing

  mutating func refresh(_ fresh: String, _ request: UInt64, session: Session) throws(ChatError) {
    // Without authentication there is nothing that could expire.
    guard let token = session.token else { return reply(to: session, request, .done) }
    guard !token.isRefreshing, token.replacement == nil else {
      throw ChatError(.outOfOrder, "a Refresh is on its way: wait for its answer")
    }
    if let last = token.lastRefresh, now.uptime &- last < limits.refreshInterval {
      throw ChatError.limit(
        "refresh_interval",
        "refresh_interval_ms is \(limits.refreshInterval): refresh when the token expires soon",
        retryAfter: limits.refreshInterval &- (now.uptime &- last))
    }
    try authenticate(fresh, field: "Refresh.token", .refresh(session.id, requestID: request))
    token.isRefreshing = true
    token.lastRefresh = now.uptime
  }

  private mutating func replace(
    _ token: SessionToken, of session: Session, with identity: Identity, _ request: UInt64
  ) {
    if identity.grants == token.grants {
      setExpiry(token, of: session, identity)
      reply(to: session, request, .done)
    } else {
      // What may be followed from now on has to be known first.
      token.replacement = SessionToken.Replacement(requestID: request, identity: identity)
      readMemberships(of: session)
    }
  }

  private mutating func setExpiry(_ token: SessionToken, of session: Session, _ identity: Identity) {
    token.setExpiry(identity, warning: limits.tokenWarning, at: now)
    scheduleCheck(of: session, token)
  }

  /// The store has told the user's conversations: what the new token grants holds from now on.
  mutating func regrant(_ session: Session, memberships: [Membership]) {
    guard let token = session.token, let replacement = token.replacement else { return }
    if session.membershipsAreStale { return readMemberships(of: session) }
    token.replacement = nil
    token.grants = replacement.identity.grants
    setExpiry(token, of: session, replacement.identity)
    token.notFollowed.removeAll()
    for cursor in session.cursors.values.sorted(by: {
      $0.replica.conversation.name < $1.replica.conversation.name
    }) {
      let conversation = cursor.replica.conversation
      guard session.may(.subscribe, in: conversation) else {
        unfollow(cursor)
        reply(to: session, 0, .event(.unfollowed(conversation: conversation.name)))
        continue
      }
      if session.may(.history, in: conversation) {
        cursor.firstGranted = 0
      } else {
        cursor.firstGranted = cursor.isOpening ? .max : max(cursor.firstGranted, cursor.next)
      }
    }
    follow(memberships, by: session)
    followEveryone(session)
    reply(to: session, replacement.requestID, .done)
  }

  /// The store does not tell: the old token holds, and the client tries again.
  mutating func regrantFailed(_ session: Session, _ error: StoreError) {
    guard let token = session.token, let replacement = token.replacement else { return }
    token.replacement = nil
    token.lastRefresh = nil
    reply(to: session, replacement.requestID, .error(.unavailable(error, limits)))
  }

  /// Follows a conversation of the user if the token grants it, and keeps it in mind if not.
  ///
  /// - Returns: false if there is no room for it.
  mutating func follow(_ membership: Membership, by session: Session) -> Bool {
    let conversation = membership.conversation
    guard session.cursors[conversation] == nil else { return true }
    guard session.may(.subscribe, in: conversation) else {
      if let token = session.token, conversation.kind == .group,
        token.notFollowed.count < limits.conversationsPerSession
      {
        token.notFollowed.insert(conversation)
      }
      return true
    }
    guard hasRoom(session) else { return false }
    follow(
      session, conversation, start: .after(epoch: membership.log.epoch, sequence: membership.delivered),
      announcement: .following, firstGranted: membership.delivered &+ 1)
    return true
  }

  // MARK: Time

  private mutating func scheduleCheck(of session: Session, _ token: SessionToken) {
    // One entry is on its way at most: an earlier one finds nothing to do, and schedules the next.
    let due = min(token.due, now.uptime &+ TimerWheel.reach)
    guard token.due != .max, due < token.nextCheck else { return }
    token.nextCheck = min(due, tokenTimers.schedule(session.id, at: due))
  }

  /// Warns and ends sessions whose tokens expire.
  mutating func checkTokens() {
    for id in tokenTimers.take(until: now.uptime) {
      guard let session = sessions[id], session.state != .closing, let token = session.token,
        token.nextCheck <= now.uptime
      else { continue }
      token.nextCheck = .max
      if token.expiresAt <= now.uptime {
        refuse(
          session,
          ChatError(
            .unauthenticated,
            "the token has expired: connect again with a new one, and next time send Refresh before"))
        continue
      }
      // While it is connecting there is nobody to tell yet.
      if token.warnsAt <= now.uptime, session.state == .open {
        token.noteWarned()
        reply(to: session, 0, .event(.tokenExpiring(expiresIn: token.expiresAt &- now.uptime)))
      }
      scheduleCheck(of: session, token)
    }
  }
}

/// Names a token that the driver looks at.
package struct AuthenticationTicket: Hashable, Sendable {
  let number: UInt64
}

extension Session {
  /// Whether the token grants it; without authentication everything is.
  func may(_ right: Grants.Rights, in conversation: ConversationID) -> Bool {
    guard let token, let user else { return true }
    return token.grants.allow(right, in: conversation, for: user)
  }

  /// - Throws: ``ErrorCode/permissionDenied`` if the token does not grant it.
  func check(_ right: Grants.Rights, in conversation: ConversationID) throws(ChatError) {
    guard !may(right, in: conversation) else { return }
    throw ChatError(
      .permissionDenied,
      "the token does not grant \(right) in \(conversation): ask for one whose claim chat.grants has it")
  }
}
