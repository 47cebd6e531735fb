// Joining and leaving, first on the owner loop, then on all.
extension Router {
  /// On the owner: stores the change.
  mutating func changeMembership(_ request: MembershipRequest) {
    let change: StoreWrite =
      request.joins
      ? .join(conversation: request.conversation, user: request.user, time: now.unixTime)
      : .leave(conversation: request.conversation, user: request.user)
    write(change, .membership(request))
  }

  /// On the owner: tells the loops, then answers.
  mutating func membershipChanged(
    _ request: MembershipRequest, _ result: Result<MembershipOutcome, StoreError>
  ) {
    switch result {
    case .failure(let error):
      send(.membershipAnswer(request, .failure(.unavailable(error, limits))), to: request.loop)
    case .success(let outcome):
      let members = outcome.membership.log.members
      conversations[request.conversation.name]?.log?.log.members = members
      if request.joins {
        sendToAllLoops(.memberJoined(outcome.membership, [request.user], answer: false))
      } else {
        sendToAllLoops(.memberLeft(request.conversation, request.user))
      }
      if outcome.changed { sendToAllLoops(.memberCount(request.conversation, members)) }
      send(.membershipAnswer(request, .success(outcome.membership)), to: request.loop)
    }
  }

  /// On each loop: all sessions of these users follow from now on.
  mutating func memberJoined(_ membership: Membership, users joined: [UserID], answer: Bool) {
    let conversation = membership.conversation
    for user in joined {
      for id in users[user] ?? [] {
        guard let session = sessions[id] else { continue }
        if session.isReadingMemberships { session.membershipsAreStale = true }
        guard session.state == .open, !follow(membership, by: session) else { continue }
        session.lacksRoom = true
        tellNoRoom(session, for: conversation.name)
      }
    }
    conversations[conversation.name]?.replica?.members = membership.log.members
    if answer { send(.memberJoinedHandled(conversation), to: owner(of: conversation)) }
  }

  /// On each loop: no session of the user follows any longer.
  mutating func memberLeft(_ conversation: ConversationID, user: UserID) {
    for id in users[user] ?? [] {
      guard let session = sessions[id] else { continue }
      if session.isReadingMemberships { session.membershipsAreStale = true }
      session.token?.notFollowed.remove(conversation)
      guard let cursor = session.cursors[conversation] else { continue }
      unfollow(cursor)
      reply(to: session, 0, .event(.unfollowed(conversation: conversation.name)))
    }
  }

  /// On each loop: the followers hear of it, unless the group is so large that this would cost too much.
  mutating func memberCountChanged(_ conversation: ConversationID, to count: UInt32) {
    guard let replica = conversations[conversation.name]?.replica else { return }
    replica.members = count
    guard count <= limits.eventMembers else { return }
    tell(.members(conversation: conversation.name, count: count), to: replica)
  }

  /// What else would have made the session a follower has come before.
  private func lacksRoom(_ session: Session, for conversation: ConversationID) -> Bool {
    session.lacksRoom && !session.isService && session.may(.subscribe, in: conversation)
      && session.cursors[conversation] == nil
  }

  /// On the session's loop: answers Join or Leave.
  mutating func answer(_ request: MembershipRequest, _ result: Result<Membership, ChatError>) {
    guard let session = session(request.session) else { return }
    session.membershipsInFlight -= 1
    guard session.state == .open else { return }
    switch result {
    case .failure(let error):
      reply(to: session, request.requestID, .error(error))
    case .success where !request.joins:
      reply(to: session, request.requestID, .done)
    case .success where lacksRoom(session, for: request.conversation):
      reply(to: session, request.requestID, .error(noRoom(for: request.conversation.name)))
    case .success(let membership):
      var state = ConversationState(membership)
      if let cursor = session.cursors[request.conversation], !cursor.isOpening {
        state.position = cursor.next &- 1
      }
      reply(to: session, request.requestID, .subscribed(state))
    }
  }
}
