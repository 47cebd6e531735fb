// How cursors open, move and close.
extension Router {
  /// Opens a cursor. With the first one of a conversation on this loop the owner is asked for the log.
  ///
  /// - Parameter firstGranted: the first sequence that a session without the right to history gets; by default the
  ///   next one.
  mutating func follow(
    _ session: Session, _ conversation: ConversationID, start: Cursor.Start,
    announcement: Cursor.Announcement,
    firstGranted: UInt64 = .max
  ) {
    guard let user = session.user, session.cursors[conversation] == nil else { return }
    let replica = replica(of: self.conversation(conversation))
    let cursor = Cursor(
      session: session, replica: replica, start: start, announcement: announcement,
      firstGranted: session.may(.history, in: conversation) ? 0 : firstGranted)
    session.cursors[conversation] = cursor
    replica.followers += 1
    numberAttach(of: cursor)
    send(.attach(conversation, user, loop: loop, number: lastAttach), to: owner(of: conversation))
    if replica.isAttached, !replica.isBehind(start) {
      open(cursor, at: start)
    } else {
      replica.opening.append(cursor)
    }
  }

  private func replica(of conversation: Conversation) -> Replica {
    if let existing = conversation.replica { return existing }
    let replica = Replica(conversation: conversation.id, isStored: conversation.isStored)
    conversation.replica = replica
    return replica
  }

  /// Moves a cursor to another place in its log.
  mutating func move(_ cursor: Cursor, to start: Cursor.Start, announcement: Cursor.Announcement) {
    cursor.announcements.append(announcement)
    guard cursor.replica.isAttached else {
      cursor.state = .opening(start)
      return
    }
    if cursor.state == .live { cursor.replica.tail.removeLive(cursor) }
    cursor.session.behind.removeAll { $0 === cursor }
    cursor.session.parked.removeAll { $0 === cursor }
    cursor.replica.opening.removeAll { $0 === cursor }
    cursor.replica.tail.removeAhead(cursor)
    releasePage(cursor)
    defer { wakeParked(cursor.session) }
    guard cursor.replica.isBehind(start) else { return open(cursor, at: start) }
    numberAttach(of: cursor)
    cursor.state = .opening(start)
    cursor.replica.opening.append(cursor)
    let conversation = cursor.replica.conversation
    send(.locate(conversation, loop: loop, number: lastAttach), to: owner(of: conversation))
  }

  private mutating func numberAttach(of cursor: Cursor) {
    lastAttach &+= 1
    cursor.attachNumber = lastAttach
    // Those that the session did not ask for are bounded by its conversations.
    guard case .subscribed = cursor.announcements.last else { return }
    attaches[lastAttach] = cursor.session.id
    cursor.session.subscribesInFlight += 1
  }

  mutating func unfollow(_ cursor: Cursor) {
    let session = cursor.session
    session.cursors[cursor.replica.conversation] = nil
    session.behind.removeAll { $0 === cursor }
    session.parked.removeAll { $0 === cursor }
    for case .subscribed(let request) in cursor.announcements {
      let error = ChatError(.outOfOrder, "unsubscribed before the subscription was there")
      reply(to: session, request, .error(error))
    }
    close(cursor)
    wakeParked(session)
  }

  mutating func unfollowAll(_ session: Session) {
    // First, so that none that waits goes on meanwhile.
    session.behind.removeAll()
    session.parked.removeAll()
    for cursor in session.cursors.values { close(cursor) }
    session.cursors.removeAll()
  }

  private mutating func close(_ cursor: Cursor) {
    let replica = cursor.replica
    if cursor.state == .live { replica.tail.removeLive(cursor) }
    if cursor.isOpening { replica.opening.removeAll { $0 === cursor } }
    if cursor.state == .ahead { replica.tail.removeAhead(cursor) }
    cursor.state = .closed
    releasePage(cursor)
    replica.followers -= 1
    if let user = cursor.session.user {
      send(.detach(replica.conversation, user, loop: loop), to: owner(of: replica.conversation))
    }
    if replica.followers == 0 {
      windowBytes -= replica.tail.window.byteCount
      conversations[replica.conversation.name]?.replica = nil
      forgetIfUnused(replica.conversation)
    }
  }

  /// The owner has said where the log ends.
  mutating func attached(_ conversation: ConversationID, log: LogState, number: UInt64) {
    if let session = attaches.removeValue(forKey: number).flatMap({ sessions[$0] }) {
      session.subscribesInFlight -= 1
    }
    guard let replica = conversations[conversation.name]?.replica else { return }
    replica.epoch = log.epoch
    replica.members = log.members
    if !replica.isAttached {
      replica.isAttached = true
      replica.tail = Tail(after: log.lastSequence)
    } else if log.lastSequence > replica.tail.lastSequence {
      // Messages that never came here: the store has them.
      windowBytes += replica.tail.changeWindow { $0.skip(to: log.lastSequence) }
      touch(replica)
    }
    let cursors = replica.opening
    replica.opening.removeAll()
    for cursor in cursors {
      guard case .opening(let start) = cursor.state else { continue }
      if cursor.attachNumber <= number || !replica.isBehind(start) {
        open(cursor, at: start)
      } else {
        replica.opening.append(cursor)
      }
    }
  }

  /// The owner has appended.
  mutating func appended(_ replica: Replica, log: LogState, segments: some Collection<Segment>) {
    guard replica.isAttached else { return }
    replica.epoch = log.epoch
    replica.members = log.members
    replica.lastAppend = now.uptime
    windowBytes += replica.tail.changeWindow { window in
      for segment in segments { window.append(segment) }
      window.skip(to: log.lastSequence)
    }
    if sampler.isOn { traceFlush(of: segments, to: replica) }
    touch(replica)
  }

  private mutating func touch(_ replica: Replica) {
    guard !replica.isTouched else { return }
    replica.isTouched = true
    touched.append(replica)
  }

  /// Puts a cursor in its place, and tells the session.
  private mutating func open(_ cursor: Cursor, at start: Cursor.Start) {
    let replica = cursor.replica
    let last = replica.tail.lastSequence
    var gap: Gap?
    switch start {
    case .tail:
      cursor.next = last &+ 1
    case .after(let epoch, let sequence) where epoch != 0 && epoch != replica.epoch:
      // Who has nothing of the other log has nothing to forget.
      if sequence > 0 {
        gap = Gap(
          conversation: replica.conversation.name, from: 1, to: sequence, reason: .epochChanged,
          epoch: replica.epoch)
      }
      cursor.next = 1
    case .after(_, let sequence) where sequence > last:
      gap = Gap(
        conversation: replica.conversation.name, from: last &+ 1, to: sequence, reason: .logTruncated,
        epoch: replica.epoch)
      cursor.next = last &+ 1
    case .after(_, let sequence):
      cursor.next = sequence &+ 1
    }
    let notGranted = skipNotGranted(cursor)
    cursor.announced = cursor.next
    announce(cursor)
    if let gap { tell(cursor, gap) }
    if let notGranted { tell(cursor, notGranted) }
    settle(cursor)
  }

  /// Without the right to history a cursor starts where what is new to the user begins.
  private func skipNotGranted(_ cursor: Cursor) -> Gap? {
    guard cursor.firstGranted > 0 else { return nil }
    let replica = cursor.replica
    cursor.firstGranted = min(cursor.firstGranted, replica.tail.lastSequence &+ 1)
    guard cursor.next < cursor.firstGranted else { return nil }
    let gap = Gap(
      conversation: replica.conversation.name, from: cursor.next, to: cursor.firstGranted &- 1,
      reason: .notGranted,
      epoch: replica.epoch)
    cursor.next = cursor.firstGranted
    return gap
  }

  private mutating func announce(_ cursor: Cursor) {
    var state = ConversationState()
    state.conversation = cursor.replica.conversation.name
    state.epoch = cursor.replica.epoch
    state.lastSequence = cursor.replica.tail.lastSequence
    state.position = cursor.next &- 1
    state.members = cursor.replica.members
    for announcement in cursor.announcements {
      switch announcement {
      case .none: break
      case .following: reply(to: cursor.session, 0, .event(.following(state)))
      case .subscribed(let request): reply(to: cursor.session, request, .subscribed(state))
      }
    }
    cursor.announcements.removeAll()
  }

  /// Moves a cursor on a log that is not stored to what there still is.
  mutating func skipLost(_ cursor: Cursor) {
    let first = cursor.replica.tail.window.firstSequence
    tell(
      cursor,
      Gap(
        conversation: cursor.replica.conversation.name, from: cursor.next, to: first &- 1,
        reason: .notKept, epoch: cursor.replica.epoch))
    cursor.next = first
  }

  mutating func tell(_ cursor: Cursor, _ gap: Gap) {
    counters.gaps &+= 1
    reply(to: cursor.session, 0, .gap(gap))
  }

  /// Puts a cursor into its replica's live list or its session's queue.
  mutating func settle(_ cursor: Cursor) {
    let replica = cursor.replica
    if cursor.isAtTail, cursor.next == replica.tail.next {
      replica.tail.addLive(cursor)
      releasePage(cursor)
    } else if cursor.next > replica.tail.lastSequence &+ 1 {
      replica.tail.addAhead(cursor)
    } else {
      // Also at the end of the log if the live cursors have not got there yet.
      cursor.state = .behind
      cursor.session.behind.append(cursor)
      queueFlush(cursor.session)
    }
  }
}

extension Cursor {
  var isOpening: Bool {
    if case .opening = state { true } else { false }
  }
}
