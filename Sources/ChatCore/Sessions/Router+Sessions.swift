// Sessions from accept to close.
extension Router {
  /// A connection has come.
  ///
  /// - Throws: ``ErrorCode/limitExceeded`` if the loop has ``Limits/sessionsPerLoop``, ``ErrorCode/draining``.
  package mutating func accept(at now: Moment) throws(ChatError) -> SessionID {
    self.now = now
    if isDraining { throw ChatError(.draining, "this node is shutting down: connect to another one") }
    guard sessions.count < limits.sessionsPerLoop else {
      throw ChatError(
        .limitExceeded, "sessions_per_loop is \(limits.sessionsPerLoop): connect to another node")
    }
    let session = sessions.insert { Session(id: $0, frameBytes: limits.frameBytes, now: now.uptime) }
    let firstCheck = min(limits.handshakeTimeout, limits.idleTimeout, limits.heartbeatInterval)
    timers.schedule(session.id, at: now.uptime &+ firstCheck)
    return session.id
  }

  /// Bytes have come. They are used in place; nothing of them is kept but an incomplete frame.
  package mutating func receive(_ bytes: UnsafeRawBufferPointer, from id: SessionID, at now: Moment) {
    self.now = now
    guard let session = sessions[id], session.state != .closing else { return }
    session.lastReceived = now.uptime
    do throws(ChatError) {
      // A class keeps the reader, so that the closure may change everything else.
      var reader = FrameReader(limit: limits.frameBytes)
      swap(&reader, &session.reader)
      defer { swap(&reader, &session.reader) }
      try reader.read(bytes) { frame in
        receiveFrame(frame, from: session)
        return session.state != .closing
      }
    } catch {
      refuse(session, error)
    }
    pauseReadingIfNeeded(session)
  }

  /// The socket takes bytes again.
  package mutating func writable(_ id: SessionID, at now: Moment) {
    self.now = now
    guard let session = sessions[id], !session.isWritable else { return }
    session.isWritable = true
    session.lastSent = now.uptime
    queueFlush(session)
  }

  /// The connection is gone.
  package mutating func closed(_ id: SessionID, at now: Moment) {
    self.now = now
    guard let session = sessions[id] else { return }
    session.state = .closing
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
    do throws(ChatError) {
      let frame = try codec.decodeClientFrame(bytes)
      do throws(ChatError) {
        try handle(frame, from: session)
      } catch {
        counters.framesRefused &+= 1
        reply(to: session, frame.requestID, .error(error))
        if session.state == .awaitingConnect { close(session) }
      }
    } catch {
      refuse(session, error)
    }
  }

  /// Ends a session with an error.
  mutating func refuse(_ session: Session, _ error: ChatError) {
    counters.framesRefused &+= 1
    reply(to: session, 0, .error(error))
    close(session)
  }

  /// Sends what is queued for this session alone, then closes.
  mutating func close(_ session: Session) {
    guard session.state != .closing else { return }
    session.state = .closing
    unfollowAll(session)
    queueFlush(session)
    // The peer gets as long as a handshake to take the last frames.
    session.closeBy = now.uptime &+ limits.handshakeTimeout
    timers.schedule(session.id, at: session.closeBy)
  }

  /// Queues a frame for this session alone.
  mutating func reply(to session: Session, _ requestID: UInt64, _ body: ServerFrame.Body) {
    codec.encode(ServerFrame(requestID: requestID, body: body), into: &session.outbox)
    queueFlush(session)
  }

  /// Stops reading from a session that does not take its answers, or that publishes faster than the store.
  private mutating func pauseReadingIfNeeded(_ session: Session) {
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
    session.outbox.count > limits.outboxBytes || session.publishes.count >= limits.publishesInFlight
  }
}
