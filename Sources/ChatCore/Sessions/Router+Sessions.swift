// Sessions from accept to close.
extension Router {
  /// A connection has come.
  ///
  /// - Throws: ``ErrorCode/limitExceeded`` if the loop has ``Limits/sessionsPerLoop``, ``ErrorCode/draining``.
  package mutating func accept(_ format: WireFormat = .stream, at now: Moment) throws(ChatError) -> SessionID
  {
    self.now = now
    if isDraining { throw ChatError(.draining, "this node is shutting down: connect to another one") }
    if isShortOfMemory {
      limitsHit["memory_bytes", default: 0] &+= 1
      throw ChatError.limit(
        "memory_bytes", "this node is short of memory (memory_bytes): connect to another node, or later",
        code: .unavailable, retryAfter: limits.unavailableRetryAfter)
    }
    guard sessions.count < limits.sessionsPerLoop else {
      limitsHit["sessions_per_loop", default: 0] &+= 1
      throw ChatError.limit(
        "sessions_per_loop", "sessions_per_loop is \(limits.sessionsPerLoop): connect to another node")
    }
    let session = sessions.insert(format, now: now.uptime) {
      Session(id: $0, format: format, limits: sessionLimits, now: now.uptime)
    }
    let firstCheck = min(limits.handshakeTimeout, limits.idleTimeout, limits.heartbeatInterval)
    timers.schedule(session.id, at: now.uptime &+ firstCheck)
    return session.id
  }

  /// Bytes have come: a part of the stream, or one whole message. They are used in place; nothing of them is
  /// kept but an incomplete frame of a stream.
  package mutating func receive(_ bytes: UnsafeRawBufferPointer, from id: SessionID, at now: Moment) {
    self.now = now
    counters.bytesReceived &+= UInt64(bytes.count)
    // What a session sends that is about to go is not taken, and not answered: its client repeats it elsewhere.
    guard let session = sessions[id], session.state != .closing, !session.isLeaving else { return }
    session.lastReceived = now.uptime
    if session.lastRead.turn != turn { session.lastRead = (turn, answersWaiting(for: session)) }
    do throws(ChatError) {
      if session.format == .json { return readLines(bytes, from: session) }
      try session.reader.read(bytes) { frame in
        receiveFrame(frame, from: session)
        return goesOn(session)
      }
      if session.format == .messages, session.reader.bufferedBytes > 0, session.state != .closing {
        throw ChatError(.malformedFrame, "a message ends within a frame: send whole frames in each message")
      }
    } catch {
      refuse(session, error)
    }
    pauseReadingIfNeeded(session)
  }

  private mutating func readLines(_ bytes: UnsafeRawBufferPointer, from session: Session) {
    var rest = bytes
    while !rest.isEmpty, goesOn(session) {
      let end = rest.firstIndex(of: UInt8(ascii: "\n")) ?? rest.endIndex
      let line = UnsafeRawBufferPointer(rebasing: rest[..<end])
      rest = UnsafeRawBufferPointer(rebasing: rest[min(end + 1, rest.endIndex)...])
      if !line.allSatisfy({ $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\r") || $0 == UInt8(ascii: "\t") })
      {
        receiveFrame(line, from: session)
      }
    }
    pauseReadingIfNeeded(session)
  }

  /// In bytes.
  private func answersWaiting(for session: Session) -> Int {
    // Mostly there are none, which is known without a look at the buffer.
    sessions.outlets[session.slot].isIdle ? 0 : session.outbox.count
  }

  /// Reading pauses only between turns, so what is read in one may cause is bounded for itself.
  private mutating func goesOn(_ session: Session) -> Bool {
    if session.state != .closing,
      answersWaiting(for: session) - session.lastRead.waiting > 2 * limits.outboxBytes
    {
      refuse(
        session,
        .limit(
          "outbox_bytes",
          "outbox_bytes is \(limits.outboxBytes): what was sent at once has more than twice that in answers; wait "
            + "for some first"))
    }
    return session.state != .closing
  }

  /// The socket takes bytes again.
  package mutating func writable(_ id: SessionID, at now: Moment) {
    self.now = now
    guard let session = sessions[id], !sessions.outlets[session.slot].isWritable else { return }
    sessions.outlets[session.slot].isWritable = true
    sessions.outlets[session.slot].lastSent = now.uptime
    queueFlush(session)
  }

  /// What the driver itself has written is not out yet; ``writable(_:at:)`` follows.
  package mutating func setBlocked(_ id: SessionID) {
    if sessions[id] != nil { blocked(id, took: 0) }
  }

  /// The client wants to end: what is queued is sent, then the connection closes.
  package mutating func end(_ id: SessionID, at now: Moment) {
    self.now = now
    if let session = sessions[id] { close(session) }
  }

  /// The client has sent what the driver cannot take: it is told why, then the connection closes.
  package mutating func refuse(_ id: SessionID, _ error: ChatError, at now: Moment) {
    self.now = now
    if let session = sessions[id], session.state != .closing { refuse(session, error) }
  }

  /// The connection is gone.
  package mutating func closed(_ id: SessionID, at now: Moment) {
    self.now = now
    guard let session = sessions[id] else { return }
    beginClosing(session)
    unfollowAll(session)
    if let user = session.user {
      users[user]?.removeAll { $0 == id }
      if users[user]?.isEmpty == true { users[user] = nil }
    }
    session.unfinished = nil
    sessions.remove(id)
  }

  private mutating func receiveFrame(_ bytes: UnsafeRawBufferPointer, from session: Session) {
    counters.framesReceived &+= 1
    if session.format != .json, takePublish(bytes, from: session) { return }
    do throws(ChatError) {
      let frame = try decode(bytes, from: session)
      do throws(ChatError) {
        try handle(frame, from: session)
      } catch {
        refuse(frame.requestID, of: session, error)
      }
    } catch {
      // Where the next frame begins is known: a bad field is no reason to end a session.
      guard let request = codec.refusedRequest else { return refuse(session, error) }
      refuse(request, of: session, error)
    }
  }

  /// Takes a publish to one address without making a frame of it, and without reading an address that is known.
  ///
  /// - Returns: false if it is another frame, or one that is read by libprotobuf-c.
  private mutating func takePublish(_ bytes: UnsafeRawBufferPointer, from session: Session) -> Bool {
    guard let frame = FrameCodec.publish(in: bytes) else { return false }
    if let last = session.lastTarget, let conversation = last.conversation(at: frame.address) {
      take(frame, to: last.address, known: conversation, from: session)
    } else if let conversation = conversations[frame.address] {
      take(frame, to: conversation.id.name, known: conversation, from: session)
    } else if let address = frame.addressText {
      take(frame, to: address, known: nil, from: session)
    } else {
      return false
    }
    return true
  }

  private mutating func take(
    _ frame: PublishFrame, to address: @autoclosure () -> String, known: Conversation?, from session: Session
  ) {
    do throws(ChatError) {
      try publish(
        frame.fields, frame.requestID, to: address(), known: known, from: session,
        user: try user(ofOpen: session))
    } catch {
      refuse(frame.requestID, of: session, error)
    }
  }

  /// Answers a request with an error. Only one that should have opened the session ends it.
  private mutating func refuse(_ request: UInt64, of session: Session, _ error: ChatError) {
    counters.framesRefused &+= 1
    countLimit(error)
    reply(to: session, request, .error(error))
    guard session.state == .awaitingConnect else { return }
    session.closeReason = error.code
    close(session)
  }

  private mutating func decode(
    _ bytes: UnsafeRawBufferPointer, from session: Session
  ) throws(ChatError) -> ClientFrame {
    guard session.format == .json else { return try codec.unpackClientFrame(bytes) }
    codec.refusedRequest = nil
    guard bytes.count <= limits.jsonLineBytes else {
      throw ChatError.limit(
        "json_line_bytes", "a line has \(bytes.count) bytes: json_line_bytes is \(limits.jsonLineBytes)",
        code: .frameTooLarge)
    }
    return try codec.decodeClientFrame(json: bytes)
  }

  /// Ends a session with an error.
  mutating func refuse(_ session: Session, _ error: ChatError) {
    counters.framesRefused &+= 1
    countLimit(error)
    if session.state != .closing { session.closeReason = error.code }
    reply(to: session, 0, .error(error))
    close(session)
  }

  private mutating func beginClosing(_ session: Session) {
    if session.state == .open {
      openSessions -= 1
      sessionCounters.closed[session.closeReason, default: 0] &+= 1
    }
    session.state = .closing
  }

  /// Sends what is queued for this session alone, then closes.
  mutating func close(_ session: Session) {
    guard session.state != .closing else { return }
    beginClosing(session)
    unfollowAll(session)
    queueFlush(session)
    // The peer gets as long as a handshake to take the last frames.
    session.closeBy = now.uptime &+ limits.handshakeTimeout
    timers.schedule(session.id, at: session.closeBy)
  }

  /// Queues a frame for this session alone.
  mutating func reply(to session: Session, _ requestID: UInt64, _ body: ServerFrame.Body) {
    if session.isService { return actions.append(.answer(requestID, body)) }
    codec.encode(ServerFrame(requestID: requestID, body: body), as: session.format, into: &session.outbox)
    queueFlush(session)
  }

  /// Stops reading from a session that does not take its answers, or that publishes faster than the store.
  mutating func pauseReadingIfNeeded(_ session: Session) {
    guard !session.isReadingPaused, mustPause(session) else { return }
    session.isReadingPaused = true
    actions.append(.pauseReading(session.id))
  }

  mutating func resumeReadingIfPossible(_ session: Session) {
    guard session.isReadingPaused, !mustPause(session) else { return }
    session.isReadingPaused = false
    session.lastReceived = now.uptime
    actions.append(.resumeReading(session.id))
  }

  private func mustPause(_ session: Session) -> Bool {
    session.isLeaving || answersWaiting(for: session) > limits.outboxBytes
      || session.publishes.count + session.unansweredPublishes >= limits.publishesInFlight
  }
}
