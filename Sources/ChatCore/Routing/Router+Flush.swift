// How bytes leave: the slices from cursors to tails, in one vectored write for each session and flush.
extension Router {
  /// Offers pieces of memory, valid during the call, to a session's socket.
  package typealias SendPieces = (SessionID, UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult

  mutating func queueFlush(_ session: Session) {
    guard sessions.outlets[session.slot].isIdle else { return }
    sessions.outlets[session.slot].isQueuedForFlush = true
    flushQueue.append(session)
  }

  /// Hands to sockets what is new since the last flush. Cost: one `send` for each session that is writable
  /// and behind; none for those that are not writable.
  ///
  /// - Parameter now: when it begins, which is when sockets get what is new.
  /// - Returns: whether sessions are left that take more; call `settle` and `flush` again, after other events.
  package mutating func flush(at now: Moment, _ send: SendPieces) -> Bool {
    self.now = now
    deliverToLive(send)
    var queue: [Session] = []
    swap(&queue, &flushQueue)
    // A slot may have a new session by now.
    for session in queue where sessions[session.id] === session {
      sessions.outlets[session.slot].isQueuedForFlush = false
      flush(session, send)
    }
    // Not before, because what is handed over lies in windows.
    while let replica = grown.popLast() { trim(replica) }
    if !tracesToFlush.isEmpty { reportFlushedTraces() }
    return !flushQueue.isEmpty
  }

  private mutating func flush(_ session: Session, _ send: SendPieces) {
    guard sessions.outlets[session.slot].isWritable else { return }
    let wasPaused = session.isReadingPaused
    let room = FlushPlan.room(limits)
    var plan = FlushPlan(limits: limits, format: session.format, room: room)
    let pieces = pieceMemory.room(for: room)
    let plannedCursors = fill(&plan, pieces, for: session)
    if plan.pieces > 0 {
      counters.flushes &+= 1
      hand(over: plan, pieces, to: session, cursors: plannedCursors, send)
    }
    while let cursor = lostCursors.popLast() {
      skipLost(cursor)
      settle(cursor)
    }
    if session.hasOutput {
      queueFlush(session)
    } else if session.state == .closing, sessions.outlets[session.slot].isWritable {
      // Else the driver still holds a byte; it says when that has gone out.
      reportClose(session)
    }
    if wasPaused { resumeReadingIfPossible(session) }
  }

  private mutating func hand(
    over plan: FlushPlan, _ pieces: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>, to session: Session,
    cursors: Int, _ send: SendPieces
  ) {
    switch send(session.id, UnsafeBufferPointer(rebasing: pieces[..<plan.pieces])) {
    case .failed:
      sessions.outlets[session.slot].isWritable = false
    case .accepted:
      sessions.outlets[session.slot].lastSent = now.uptime
      counters.bytesSent &+= UInt64(clamping: plan.bytes)
      advance(session, by: plan.bytes, cursors: cursors)
    case .blocked(let bytes):
      blocked(session.id, took: bytes)
      advance(session, by: min(max(0, bytes), plan.bytes), cursors: cursors)
    }
  }

  /// Lists what the session gets: the rest of a message, its own frames, then slices in turn.
  ///
  /// - Returns: how many cursors at the head of the session's queue have a slice in the plan.
  private mutating func fill(
    _ plan: inout FlushPlan, _ pieces: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>,
    for session: Session
  ) -> Int {
    if let unfinished = session.unfinished {
      plan.add(unfinished.segment.bytes(unfinished.range), to: pieces)
    }
    if !session.outbox.isEmpty {
      let frames = session.format.wholeFrames(of: session.outbox.readable, most: limits.messageBytes)
      plan.add(frames, to: pieces)
      // The rest of the answers go before messages.
      if frames.count < session.outbox.count { plan.end() }
    }
    var planned = 0
    var visits = session.behind.count
    while planned < session.behind.count, visits > 0, !plan.isFull {
      visits -= 1
      let cursor = session.behind[planned]
      if cursor.isAtTail {
        session.behind.remove(at: planned)
        settle(cursor)
      } else if !cursor.hasNext {
        session.behind.remove(at: planned)
        if !cursor.replica.isStored {
          lostCursors.append(cursor)
        } else if session.pagesHeld < limits.pagesPerSession {
          readPage(for: cursor)
        } else {
          cursor.state = .parked
          session.parked.append(cursor)
        }
      } else {
        // The cursor itself moves when the socket has taken the bytes.
        _ = plan.add(from: cursor.next, to: pieces) { segment(holding: $0, for: cursor) }
        planned += 1
      }
    }
    return planned
  }

  /// Notes that a socket is full.
  mutating func blocked(_ session: SessionID, took bytes: Int) {
    sessions.outlets[Int(session.slot)].isWritable = false
    if bytes > 0 { sessions.outlets[Int(session.slot)].lastSent = now.uptime }
    counters.bytesSent &+= UInt64(clamping: bytes)
  }

  /// Moves everything forward by what the socket took.
  private mutating func advance(_ session: Session, by accepted: Int, cursors: Int) {
    var bytes = accepted
    if let unfinished = session.unfinished {
      let taken = min(bytes, unfinished.range.count)
      bytes -= taken
      session.unfinished =
        taken == unfinished.range.count
        ? nil : (unfinished.segment, unfinished.range.lowerBound + taken..<unfinished.range.upperBound)
    }
    let own = min(bytes, session.outbox.count)
    session.outbox.consume(own)
    bytes -= own
    for _ in 0..<cursors {
      guard let cursor = session.behind.popFirst() else { return }
      bytes = advance(cursor, by: bytes)
      settle(cursor)
    }
  }

  /// Moves a cursor over the messages within `bytes`; a message taken in part becomes the session's
  /// unfinished one. Returns what is left.
  mutating func advance(_ cursor: Cursor, by bytes: Int) -> Int {
    let first = cursor.next
    var bytes = bytes
    while bytes > 0, let segment = segment(holding: cursor.next, for: cursor) {
      let start = segment.offset(of: cursor.next)
      let end = start + min(bytes, segment.byteCount - start)
      bytes -= end - start
      cursor.next = end == segment.byteCount ? segment.lastSequence &+ 1 : segment.sequence(at: end)
      let frameStart = segment.offset(of: cursor.next)
      if end < segment.byteCount, end > frameStart {
        cursor.next &+= 1
        cursor.session.unfinished = (segment, end..<segment.offset(of: cursor.next))
      }
    }
    counters.deliveries &+= cursor.next &- first
    if let page = cursor.page, cursor.next > page.lastSequence { releasePage(cursor) }
    return bytes
  }

  mutating func reportClose(_ session: Session) {
    guard !session.isCloseReported else { return }
    session.isCloseReported = true
    actions.append(.close(session.id, reason: session.closeReason))
  }
}
