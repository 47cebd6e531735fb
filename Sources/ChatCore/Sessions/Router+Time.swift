// Time-outs, heartbeats and housekeeping.
extension Router {
  /// How often the driver calls ``advance(to:)``, in milliseconds.
  package static var tick: UInt64 { TimerWheel.resolution }

  /// Time has passed.
  package mutating func advance(to now: Moment) {
    self.now = now
    for id in timers.take(until: now.uptime) {
      guard let session = sessions[id] else { continue }
      check(session)
    }
    if now.uptime &- lastRetry >= limits.storeRetryInterval {
      lastRetry = now.uptime
      retry()
    }
    if now.uptime &- lastMarks >= limits.markInterval {
      lastMarks = now.uptime
      writeMarks()
    }
    if now.uptime &- lastMaintenance >= limits.windowIdleTime {
      lastMaintenance = now.uptime
      dropIdle()
    }
  }

  private mutating func check(_ session: Session) {
    switch session.state {
    case .awaitingConnect:
      if now.uptime &- session.acceptedAt >= limits.handshakeTimeout {
        return refuse(
          session,
          ChatError(.handshakeTimeout, "no Connect within \(limits.handshakeTimeout) ms: send it first"))
      }
      timers.schedule(session.id, at: session.acceptedAt &+ limits.handshakeTimeout)
    case .closing:
      if now.uptime >= session.closeBy { reportClose(session) }
    case .connecting, .open:
      checkOpen(session)
    }
  }

  private mutating func checkOpen(_ session: Session) {
    let sinceReceived = now.uptime &- session.lastReceived
    if !session.isReadingPaused, sinceReceived >= limits.idleTimeout {
      return refuse(
        session, ChatError(.idleTimeout, "nothing came for \(limits.idleTimeout) ms: send Ping before"))
    }
    let sinceSent = now.uptime &- session.lastSent
    if !session.isWritable, sinceSent >= limits.stallTimeout {
      return refuse(
        session,
        ChatError(.stalled, "nothing was read for \(limits.stallTimeout) ms: connect again and resume"))
    }
    if session.state == .open, session.isWritable, sinceSent >= limits.heartbeatInterval {
      reply(to: session, 0, heartbeat(for: session))
    }
    let heartbeatAt = session.isWritable ? session.lastSent &+ limits.heartbeatInterval : .max
    let stallAt = session.isWritable ? .max : session.lastSent &+ limits.stallTimeout
    let idleAt = session.isReadingPaused ? .max : session.lastReceived &+ limits.idleTimeout
    // A session that becomes slow or fast again before is looked at no later than the next heartbeat.
    let latest = now.uptime &+ limits.heartbeatInterval
    let due = min(heartbeatAt, stallAt, idleAt, latest)
    timers.schedule(session.id, at: max(due, now.uptime &+ 1))
  }

  /// The tails of what moved since the last heartbeat.
  mutating func heartbeat(for session: Session) -> ServerFrame.Body {
    let tails = session.moved.compactMap { cursor -> Position? in
      cursor.moved = false
      guard cursor.state != .closed else { return nil }
      return Position(
        conversation: cursor.replica.conversation.name, epoch: cursor.replica.epoch,
        sequence: cursor.next &- 1)
    }
    session.moved.removeAll()
    return .heartbeat(tails: tails, serverTime: now.unixTime)
  }

  private mutating func retry() {
    for log in retryingLogs {
      log.state = .opening
      read(.log(log.conversation), .log(log.conversation))
    }
    retryingLogs.removeAll()
    let cursors = retryingCursors
    retryingCursors.removeAll()
    for cursor in cursors where cursor.state == .retrying { settle(cursor) }
  }

  private mutating func writeMarks() {
    guard !marks.isEmpty else { return }
    write(
      .mark(
        marks.map { DeliveredMark(conversation: $0.key.conversation, user: $0.key.user, sequence: $0.value) }),
      .marks)
    marks.removeAll(keepingCapacity: true)
  }

  /// Gives back the memory of conversations that nobody uses now.
  private mutating func dropIdle() {
    for replica in replicas.values
    where replica.window.byteCount > 0 && now.uptime &- replica.lastAppend >= limits.windowIdleTime {
      windowBytes -= replica.window.byteCount
      replica.window.removeAll()
    }
    for log in logs.values where log.isIdle && now.uptime &- log.lastUse >= limits.windowIdleTime {
      logs[log.conversation] = nil
    }
  }

  /// Tells all sessions to go elsewhere, spread evenly over `spread` milliseconds, and takes no new ones.
  ///
  /// - Parameter closesAfter: milliseconds after which the driver will close what is left.
  package mutating func drain(spread: UInt64, closesAfter: UInt64, at now: Moment) {
    self.now = now
    isDraining = true
    writeMarks()
    let all = sessions.all
    for (index, session) in all.enumerated() {
      if session.state == .awaitingConnect || session.state == .connecting {
        refuse(session, ChatError(.draining, "this node is shutting down: connect to another one"))
      } else if session.state == .open {
        let wait = spread &* UInt64(index) / UInt64(max(1, all.count))
        reply(
          to: session, 0,
          .goAway(
            ServerFrame.GoAway(
              reconnectAfter: wait, closesAfter: closesAfter, reason: "the node is shutting down")))
      }
    }
  }

  /// Closes all sessions, after what is queued for them.
  package mutating func closeAll(at now: Moment) {
    self.now = now
    writeMarks()
    for session in sessions.all { close(session) }
  }
}
