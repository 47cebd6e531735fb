// How bytes leave: the slices from cursors to tails, in one vectored write for each session and flush.
extension Router {
  mutating func queueFlush(_ session: Session) {
    guard !session.isQueuedForFlush, session.isWritable else { return }
    session.isQueuedForFlush = true
    flushQueue.append(session)
  }

  /// Hands to sockets what is new since the last flush. Cost: one `send` for each session that is writable
  /// and behind; none for those that are not writable.
  ///
  /// - Parameter send: offers pieces of memory, valid during the call, to the session's socket.
  /// - Returns: whether sessions are left that take more; call `settle` and `flush` again, after other events.
  package mutating func flush(
    _ send: (SessionID, UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult
  ) -> Bool {
    wakeCursors()
    var queue: [Session] = []
    swap(&queue, &flushQueue)
    for session in queue {
      session.isQueuedForFlush = false
      flush(session, send)
    }
    return !flushQueue.isEmpty
  }

  /// Moves the live cursors of what was appended into their sessions' queues.
  private mutating func wakeCursors() {
    for replica in touched {
      replica.isTouched = false
      for cursor in replica.takeLive() {
        cursor.state = .behind
        cursor.session.behind.append(cursor)
        queueFlush(cursor.session)
      }
    }
    touched.removeAll(keepingCapacity: true)
  }

  private mutating func flush(
    _ session: Session, _ send: (SessionID, UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult
  ) {
    guard session.isWritable, sessions[session.id] === session else { return }
    let wasPaused = session.isReadingPaused
    var plan = FlushPlan(limits: limits)
    withUnsafeTemporaryAllocation(of: UnsafeRawBufferPointer.self, capacity: plan.capacity) { pieces in
      let plannedCursors = fill(&plan, pieces, for: session)
      guard plan.pieces > 0 else { return }
      counters.flushes &+= 1
      let offered = plan.bytes
      switch send(session.id, UnsafeBufferPointer(rebasing: pieces[..<plan.pieces])) {
      case .failed:
        session.isWritable = false
      case .accepted:
        session.lastSent = now.uptime
        counters.bytesSent &+= UInt64(clamping: offered)
        advance(session, by: offered, cursors: plannedCursors)
      case .blocked(let bytes):
        session.isWritable = false
        if bytes > 0 { session.lastSent = now.uptime }
        counters.bytesSent &+= UInt64(clamping: bytes)
        advance(session, by: min(max(0, bytes), offered), cursors: plannedCursors)
      }
    }
    if session.hasOutput { queueFlush(session) } else if session.state == .closing { reportClose(session) }
    if wasPaused { resumeReadingIfPossible(session) }
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
    if !session.outbox.isEmpty { plan.add(session.outbox.readable, to: pieces) }
    var planned = 0
    var visits = session.behind.count
    while planned < session.behind.count, visits > 0, !plan.isFull {
      visits -= 1
      let cursor = session.behind[planned]
      if cursor.isAtTail {
        session.behind.remove(at: planned)
        settle(cursor)
      } else if cursor.segment == nil {
        session.behind.remove(at: planned)
        if session.pagesHeld < limits.pagesPerSession {
          readPage(for: cursor)
        } else {
          cursor.state = .parked
          session.parked.append(cursor)
        }
      } else {
        fill(&plan, pieces, from: cursor)
        planned += 1
      }
    }
    return planned
  }

  private func fill(
    _ plan: inout FlushPlan, _ pieces: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>, from cursor: Cursor
  ) {
    let start = cursor.next
    defer { cursor.next = start }
    while !plan.isFull, let segment = cursor.segment {
      let range = segment.offset(of: cursor.next)..<segment.end
      let taken = plan.add(segment, range, to: pieces)
      // Only as far as the plan goes; the cursor itself moves when the socket has taken the bytes.
      cursor.next = taken == range.upperBound ? segment.lastSequence &+ 1 : segment.sequence(at: taken)
      if taken < range.upperBound { break }
    }
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
  private mutating func advance(_ cursor: Cursor, by bytes: Int) -> Int {
    let first = cursor.next
    var bytes = bytes
    while bytes > 0, let segment = cursor.segment {
      let start = segment.offset(of: cursor.next)
      let end = start + min(bytes, segment.end - start)
      bytes -= end - start
      cursor.next = end == segment.end ? segment.lastSequence &+ 1 : segment.sequence(at: end)
      let frameStart = segment.offset(of: cursor.next)
      if end < segment.end, end > frameStart {
        cursor.next &+= 1
        cursor.session.unfinished = (segment, end..<segment.offset(of: cursor.next))
      }
    }
    counters.deliveries &+= cursor.next &- first
    if cursor.next > first, !cursor.moved {
      cursor.moved = true
      cursor.session.moved.append(cursor)
    }
    if let page = cursor.page, cursor.next > page.lastSequence { releasePage(cursor) }
    return bytes
  }

  mutating func reportClose(_ session: Session) {
    guard !session.isCloseReported else { return }
    session.isCloseReported = true
    actions.append(.close(session.id))
  }
}

/// How much of a flush is planned.
private struct FlushPlan {
  private let limits: Limits
  private(set) var pieces = 0
  private(set) var bytes = 0
  /// A slice was cut at the limit: what follows it in its log must go first in the next flush.
  private var isCut = false

  init(limits: Limits) {
    self.limits = limits
  }

  /// Room for the unfinished message and the outbox, and for slices.
  var capacity: Int { limits.flushPieces + 2 }

  var isFull: Bool { isCut || bytes >= limits.flushBytes || pieces >= limits.flushPieces }

  mutating func add(
    _ piece: UnsafeRawBufferPointer, to pieces: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
  ) {
    pieces.initializeElement(at: self.pieces, to: piece)
    self.pieces += 1
    bytes += piece.count
  }

  /// Adds whole messages up to the limit in bytes, at least one. Returns where the slice ends.
  mutating func add(
    _ segment: Segment, _ range: Range<Int>,
    to pieces: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
  ) -> Int {
    var end = range.upperBound
    let room = limits.flushBytes - bytes
    if range.count > room {
      let cut = segment.sequence(at: range.lowerBound + max(0, room))
      end = max(segment.offset(of: cut), segment.offset(of: segment.sequence(at: range.lowerBound) &+ 1))
    }
    add(segment.bytes(range.lowerBound..<end), to: pieces)
    isCut = end < range.upperBound
    return end
  }
}
