// What is with the store, and what becomes of it.
extension Router {
  mutating func write(_ write: StoreWrite, _ pending: PendingWrite) {
    newWrites.append((write, pending))
  }

  /// Hands all writes of this tick over together.
  mutating func submitWrites() {
    guard !newWrites.isEmpty else { return }
    let ticket = WriteTicket(number: takeTicket())
    pendingWrites[ticket] = newWrites.map(\.pending)
    actions.append(.write(newWrites.map(\.write), ticket))
    newWrites.removeAll(keepingCapacity: true)
  }

  @discardableResult
  mutating func read(_ query: StoreQuery, _ pending: PendingRead) -> ReadTicket {
    let ticket = ReadTicket(number: takeTicket())
    pendingReads[ticket] = pending
    actions.append(.read(query, ticket))
    return ticket
  }

  private mutating func takeTicket() -> UInt64 {
    defer { nextTicket &+= 1 }
    return nextTicket
  }

  /// The store has committed, or could not.
  package mutating func written(
    _ ticket: WriteTicket, _ result: Result<[StoreOutcome], StoreError>, at now: Moment
  ) {
    self.now = now
    guard let pending = pendingWrites.removeValue(forKey: ticket) else { return }
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
      guard let session = sessions[id], session.state == .connecting else { return }
      switch result {
      case .success(.memberships(let memberships)): connected(session, memberships: memberships)
      case .success: refuse(session, .unavailable(.wrongAnswer, limits))
      case .failure(let error): refuse(session, .unavailable(error, limits))
      }
    case .cursor(let cursor): paged(cursor, ticket, result)
    case .history(let id, let request, let conversation): historyRead(id, request, conversation, result)
    }
  }

  private mutating func historyRead(
    _ id: SessionID, _ request: UInt64, _ conversation: ConversationID,
    _ result: Result<StoreAnswer, StoreError>
  ) {
    guard let session = sessions[id] else { return }
    session.historyInFlight -= 1
    guard session.state == .open else { return }
    switch result {
    case .success(.page(let log, let messages)):
      var page = ServerFrame.HistoryPage()
      page.conversation = conversation.name
      page.epoch = log.epoch
      page.messages = messages
      page.firstSequence = log.firstSequence
      page.lastSequence = log.lastSequence
      reply(to: session, request, .historyPage(page))
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
      .cursor(cursor))
  }

  /// Lets go of a cursor's page, so that another cursor of the session may ask for one.
  mutating func releasePage(_ cursor: Cursor) {
    cursor.page = nil
    cursor.pageTicket = nil
    guard cursor.holdsPage else { return }
    cursor.holdsPage = false
    cursor.session.pagesHeld -= 1
    guard let next = cursor.session.parked.popFirst() else { return }
    settle(next)
  }

  private mutating func paged(
    _ cursor: Cursor, _ ticket: ReadTicket, _ result: Result<StoreAnswer, StoreError>
  ) {
    guard cursor.state == .reading, cursor.pageTicket == ticket else { return }
    cursor.pageTicket = nil
    guard case .success(.page(let log, let messages)) = result else { return retryLater(cursor) }
    let wanted = messages.drop { $0.sequence < cursor.next }
    let first = wanted.first?.sequence ?? max(cursor.next, min(log.firstSequence, log.lastSequence &+ 1))
    if wanted.isEmpty, first <= cursor.next {
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
    if let segment = segment(of: wanted) { cursor.page = segment } else { releasePage(cursor) }
    settle(cursor)
  }

  private mutating func retryLater(_ cursor: Cursor) {
    cursor.state = .retrying
    retryingCursors.append(cursor)
    releasePage(cursor)
  }

  private mutating func segment(of messages: ArraySlice<Message>) -> Segment? {
    guard let first = messages.first else { return nil }
    var buffer = FrameBuffer()
    var ends: [Int] = []
    var expected = first.sequence
    for message in messages where message.sequence == expected {
      codec.encode(ServerFrame(body: .message(message)), into: &buffer)
      ends.append(buffer.count)
      expected &+= 1
    }
    return Segment(memory: SegmentMemory(buffer), firstSequence: first.sequence, start: 0, ends: ends)
  }
}

/// What a router does when a write is decided.
enum PendingWrite {
  case append(ConversationID, [PublishBatch], time: Int64)
  case membership(MembershipRequest)
  case marks
}

/// What a router does when a question is answered.
enum PendingRead {
  case log(ConversationID)
  case memberships(SessionID)
  case cursor(Cursor)
  case history(SessionID, requestID: UInt64, ConversationID)
}

extension StoreError {
  static let wrongAnswer = StoreError(.io, "the store answered something else than was asked")
}
