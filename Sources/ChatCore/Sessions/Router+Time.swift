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
    checkTokens()
    if now.uptime &- lastRateSweep >= Self.rateSweepInterval { forgetFullRates() }
    if now.uptime &- lastRetry >= limits.storeRetryInterval {
      lastRetry = now.uptime
      retry()
    }
    // A node that drains does not end before they are stored.
    if isDraining || now.uptime &- lastMarks >= limits.markInterval {
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
    case .awaitingConnect, .authenticating:
      if now.uptime &- session.acceptedAt >= limits.handshakeTimeout {
        return refuse(
          session,
          .limit(
            "handshake_timeout",
            "handshake_timeout_ms is \(limits.handshakeTimeout), and no Connect came within it: send it first",
            code: .handshakeTimeout, retryAfter: limits.connectionRetryAfter))
      }
      timers.schedule(session.id, at: session.acceptedAt &+ limits.handshakeTimeout)
    case .closing:
      if now.uptime >= session.closeBy { return reportClose(session) }
      timers.schedule(session.id, at: session.closeBy)
    case .connecting, .open:
      checkOpen(session)
    }
  }

  private mutating func checkOpen(_ session: Session) {
    let told = session.limits
    let sinceReceived = now.uptime &- session.lastReceived
    if !session.isReadingPaused, sinceReceived >= told.idleTimeout {
      return refuse(
        session,
        .limit(
          "idle_timeout", "idle_timeout_ms is \(told.idleTimeout), and nothing came for it: send Ping before",
          code: .idleTimeout, retryAfter: limits.connectionRetryAfter))
    }
    let outlet = sessions.outlets[session.slot]
    let sinceSent = now.uptime &- outlet.lastSent
    if !outlet.isWritable, sinceSent >= limits.stallTimeout {
      return refuse(
        session,
        .limit(
          "stall_timeout",
          "stall_timeout_ms is \(limits.stallTimeout), and nothing was read for it: connect again and resume",
          code: .stalled, retryAfter: limits.connectionRetryAfter))
    }
    if session.state == .open, outlet.isWritable, sinceSent >= told.heartbeatInterval {
      reply(to: session, 0, heartbeat(for: session))
    }
    let heartbeatAt = outlet.isWritable ? outlet.lastSent &+ told.heartbeatInterval : .max
    let stallAt = outlet.isWritable ? .max : outlet.lastSent &+ limits.stallTimeout
    let idleAt = session.isReadingPaused ? .max : session.lastReceived &+ told.idleTimeout
    // A session that becomes slow or fast again before is looked at no later than the next heartbeat.
    let latest = now.uptime &+ told.heartbeatInterval
    let due = min(heartbeatAt, stallAt, idleAt, latest)
    timers.schedule(session.id, at: max(due, now.uptime &+ 1))
  }

  /// The tails of what moved since the last heartbeat. O(conversations of the session), at
  /// most once in a tick; what is left out is told by the next one.
  mutating func heartbeat(for session: Session) -> ServerFrame.Body {
    // A client may ask as often as it likes.
    guard session.tailsToldAt.map({ now.uptime &- $0 >= Self.tick }) ?? true else {
      return .heartbeat(tails: [], serverTime: now.unixTime)
    }
    session.tailsToldAt = now.uptime
    var tails: [Position] = []
    for cursor in session.cursors.values where !cursor.isOpening && cursor.next != cursor.announced {
      cursor.announced = cursor.next
      tails.append(
        Position(
          conversation: cursor.replica.conversation.name, epoch: cursor.replica.epoch,
          sequence: cursor.next &- 1))
    }
    tails.sort { $0.conversation < $1.conversation }
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

  /// Gives back the memory of conversations that nobody uses now.
  private mutating func dropIdle() {
    for conversation in conversations.all {
      if let replica = conversation.replica, replica.tail.window.byteCount > 0,
        now.uptime &- replica.lastAppend >= limits.windowIdleTime
      {
        windowBytes += replica.tail.changeWindow { $0.removeAll() }
      }
      if let log = conversation.log, log.isIdle, now.uptime &- log.lastUse >= limits.windowIdleTime {
        conversation.log = nil
      }
      forgetIfUnused(conversation.id)
    }
  }

  mutating func forgetIfUnused(_ id: ConversationID) {
    guard let conversation = conversations[id.name], conversation.isUnused else { return }
    conversation.isForgotten = true
    conversations.remove(conversation)
  }

  /// Tells all sessions to go elsewhere, and takes no new ones.
  ///
  /// Each is given a slot of its own within `spread` milliseconds, and within the slot a place by chance, so that
  /// those of several loops and nodes do not come in step.
  ///
  /// - Parameters:
  ///   - closesAfter: milliseconds after which the driver will close what is left.
  ///   - jitter: by chance.
  package mutating func drain(spread: UInt64, closesAfter: UInt64, jitter: UInt64, at now: Moment) {
    self.now = now
    isDraining = true
    writeMarks()
    let all = sessions.all
    for (index, session) in all.enumerated() {
      if session.state != .open, session.state != .closing {
        refuse(session, ChatError(.draining, "this node is shutting down: connect to another one"))
      } else if session.state == .open {
        let wait = Self.wait(slot: UInt64(index), of: UInt64(all.count), within: spread, jitter: jitter)
        reply(
          to: session, 0,
          .goAway(
            ServerFrame.GoAway(
              reconnectAfter: wait, closesAfter: closesAfter, reason: "the node is shutting down")))
      }
    }
  }

  /// A place within a slot of the time over which sessions are spread, in milliseconds from its begin.
  static func wait(slot: UInt64, of count: UInt64, within spread: UInt64, jitter: UInt64) -> UInt64 {
    let count = max(1, count)
    let (begin, end) = (spread &* slot / count, spread &* (slot + 1) / count)
    guard end > begin else { return begin }
    // The finalizer of SplitMix64: each slot has a chance of its own.
    var chance = jitter &+ slot &* 0x9e37_79b9_7f4a_7c15
    chance = (chance ^ (chance >> 30)) &* 0xbf58_476d_1ce4_e5b9
    chance = (chance ^ (chance >> 27)) &* 0x94d0_49bb_1331_11eb
    return begin + (chance ^ (chance >> 31)) % (end - begin)
  }

  /// Closes all sessions, after what is queued for them. One whose publishes wait for their commit closes when
  /// it has their answers.
  package mutating func closeAll(at now: Moment) {
    self.now = now
    writeMarks()
    for session in sessions.all where session.state != .closing {
      session.closeReason = .draining
      if session.hasPublishesInFlight {
        session.isLeaving = true
        pauseReadingIfNeeded(session)
      } else {
        close(session)
      }
    }
  }
}
