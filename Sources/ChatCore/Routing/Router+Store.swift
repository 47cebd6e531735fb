// What is with the store, and what becomes of it.
extension Router {
  mutating func write(_ write: StoreWrite, _ pending: PendingWrite) {
    newWrites.append(write)
    newPending.append(pending)
  }

  /// Hands all writes of this tick over together.
  mutating func submitWrites() {
    guard !newWrites.isEmpty else { return }
    let ticket = WriteTicket(number: takeTicket())
    var writes: [StoreWrite] = []
    var pending: [PendingWrite] = []
    // The next tick mostly has as many.
    writes.reserveCapacity(newWrites.count)
    pending.reserveCapacity(newPending.count)
    swap(&writes, &newWrites)
    swap(&pending, &newPending)
    pendingWrites[ticket] = pending
    actions.append(.write(writes, ticket))
  }

  @discardableResult
  mutating func read(_ query: StoreQuery, _ pending: PendingRead) -> ReadTicket {
    let ticket = ReadTicket(number: takeTicket())
    pendingReads[ticket] = pending
    newReads.append(StoreRead(query: query, ticket: ticket))
    return ticket
  }

  /// Hands the questions of this tick over, a bounded number together, so that the store can share them out.
  mutating func submitReads() {
    guard !newReads.isEmpty else { return }
    let most = max(1, limits.queriesPerRead)
    for start in stride(from: 0, to: newReads.count, by: most) {
      let end = min(newReads.count, start + most)
      actions.append(.read(Array(newReads[start..<end])))
    }
    newReads.removeAll(keepingCapacity: true)
  }

  mutating func takeTicket() -> UInt64 {
    defer { nextTicket &+= 1 }
    return nextTicket
  }

  /// The store has committed, or could not.
  package mutating func written(
    _ ticket: WriteTicket, _ result: Result<[StoreOutcome], StoreError>, at now: Moment
  ) {
    self.now = now
    guard let pending = pendingWrites.removeValue(forKey: ticket) else { return }
    defer { groupCommit.answered() }
    switch result {
    case .success(let outcomes) where outcomes.count == pending.count:
      for (pending, outcome) in zip(pending, outcomes) { finish(pending, .success(outcome)) }
    case .success(let outcomes):
      let error = StoreError(.io, "\(outcomes.count) outcomes for \(pending.count) writes")
      for pending in pending { finish(pending, .failure(error)) }
    case .failure(let error):
      for pending in pending { finish(pending, .failure(error)) }
    }
  }

  private mutating func finish(_ pending: PendingWrite, _ result: Result<StoreOutcome, StoreError>) {
    switch (pending, result) {
    case (.append(let conversation, let batches, let time), .success(.appended(let outcome))):
      committed(conversation, batches, time: time, outcome)
    case (.append(let conversation, let batches, _), .failure(let error)):
      appendFailed(conversation, batches, error)
    case (.append(let conversation, let batches, _), .success):
      appendFailed(conversation, batches, .wrongAnswer)
    case (.membership(let request), .success(.membership(let outcome))):
      membershipChanged(request, .success(outcome))
    case (.membership(let request), .failure(let error)):
      membershipChanged(request, .failure(error))
    case (.membership(let request), .success):
      membershipChanged(request, .failure(.wrongAnswer))
    case (.marks, .success(.marked(let moved))): marksWritten(moved)
    case (.marks, _):
      // A lost mark is sent again by the device's next acknowledgement.
      break
    }
  }

  /// The store has answered a question, or could not.
  package mutating func answered(
    _ ticket: ReadTicket, _ result: Result<StoreAnswer, StoreError>, at now: Moment
  ) {
    self.now = now
    guard let pending = pendingReads.removeValue(forKey: ticket) else { return }
    switch pending {
    case .log(let conversation):
      opened(
        conversation,
        result.flatMap { if case .log(let log) = $0 { .success(log) } else { .failure(.wrongAnswer) } })
    case .memberships(let id):
      if let session = sessions[id] { membershipsRead(session, result) }
    case .cursor(let cursor, let id): paged(cursor, of: id, ticket, result)
    case .history(let id, let request, let conversation): historyRead(id, request, conversation, result)
    }
  }

  private mutating func membershipsRead(_ session: Session, _ result: Result<StoreAnswer, StoreError>) {
    switch (session.state, result) {
    case (.connecting, .success(.memberships(let memberships))): connected(session, memberships: memberships)
    case (.connecting, .success): refuse(session, .unavailable(.wrongAnswer, limits))
    case (.connecting, .failure(let error)): refuse(session, .unavailable(error, limits))
    case (.open, .success(.memberships(let memberships))): regrant(session, memberships: memberships)
    case (.open, .success): regrantFailed(session, .wrongAnswer)
    case (.open, .failure(let error)): regrantFailed(session, error)
    default: break
    }
  }

  private mutating func historyRead(
    _ id: SessionID, _ request: UInt64, _ conversation: ConversationID,
    _ result: Result<StoreAnswer, StoreError>
  ) {
    guard let session = session(id) else { return }
    session.historyInFlight -= 1
    guard session.state == .open else { return }
    switch result {
    case .success(.page(let part)):
      var page = ServerFrame.HistoryPage()
      page.conversation = conversation.name
      page.epoch = part.log.epoch
      page.firstSequence = part.log.firstSequence
      page.lastSequence = part.log.lastSequence
      do {
        page.messages = try part.messages(decodedBy: &codec)
        reply(to: session, request, .historyPage(page))
      } catch {
        reply(to: session, request, .error(.unavailable(error, limits)))
      }
    case .success: reply(to: session, request, .error(.unavailable(.wrongAnswer, limits)))
    case .failure(let error): reply(to: session, request, .error(.unavailable(error, limits)))
    }
  }

  /// Asks the store for what a cursor outside the window needs next.
  mutating func readPage(for cursor: Cursor) {
    cursor.state = .reading
    cursor.holdsPage = true
    cursor.session.pagesHeld += 1
    counters.pagesRead &+= 1
    cursor.pageTicket = read(
      .page(
        PageQuery(
          conversation: cursor.replica.conversation, bound: .after(cursor.next &- 1),
          messages: limits.pageMessages, bytes: limits.pageBytes)),
      .cursor(cursor, cursor.session.id))
  }

  /// Lets go of a cursor's page, so that another cursor of the session may ask for one. One that is on its way counts until it is
  /// here, also if nobody wants it any more.
  mutating func releasePage(_ cursor: Cursor) {
    let isOnItsWay = cursor.pageTicket != nil
    cursor.page = nil
    cursor.pageTicket = nil
    guard cursor.holdsPage else { return }
    cursor.holdsPage = false
    if !isOnItsWay { pageIsGone(from: cursor.session) }
  }

  private mutating func pageIsGone(from session: Session) {
    session.pagesHeld -= 1
    wakeParked(session)
  }

  /// Lets a cursor that waits for a page go on, if there is room for one. Also to be called when a cursor goes elsewhere that was
  /// let go on before, and did not need it.
  mutating func wakeParked(_ session: Session) {
    guard session.pagesHeld < limits.pagesPerSession, let next = session.parked.popFirst() else { return }
    settle(next)
  }

  private mutating func paged(
    _ cursor: Cursor, of id: SessionID, _ ticket: ReadTicket, _ result: Result<StoreAnswer, StoreError>
  ) {
    guard cursor.state == .reading, cursor.pageTicket == ticket else {
      // The cursor's session may be gone.
      if let session = sessions[id] { pageIsGone(from: session) }
      return
    }
    cursor.pageTicket = nil
    guard case .success(.page(let page)) = result else { return retryLater(cursor) }
    let segment = page.segment.flatMap { $0.lastSequence < cursor.next ? nil : $0 }
    let start = segment?.firstSequence ?? min(page.log.firstSequence, page.log.lastSequence &+ 1)
    let first = max(cursor.next, start)
    if segment == nil, first == cursor.next {
      // The log is longer than what the store shows: ask again, but not at once.
      return retryLater(cursor)
    }
    if first > cursor.next {
      tell(
        cursor,
        Gap(
          conversation: cursor.replica.conversation.name, from: cursor.next, to: first &- 1,
          reason: .retention,
          epoch: cursor.replica.epoch))
      cursor.next = first
    }
    if let segment {
      cursor.page = cursor.session.format == .json ? codec.json(of: segment) : segment
    } else {
      releasePage(cursor)
    }
    settle(cursor)
  }

  private mutating func retryLater(_ cursor: Cursor) {
    cursor.state = .retrying
    retryingCursors.append(cursor)
    releasePage(cursor)
  }
}

/// What a router does when a write is decided.
enum PendingWrite {
  case append(Conversation, [PublishBatch], time: Int64)
  case membership(MembershipRequest)
  case marks
}

/// What a router does when a question is answered.
enum PendingRead {
  case log(ConversationID)
  case memberships(SessionID)
  case cursor(Cursor, SessionID)
  case history(SessionID, requestID: UInt64, ConversationID)
}

extension StoreError {
  static let wrongAnswer = StoreError(.io, "the store answered something else than was asked")
}
