// The fast way of a flush: what was appended goes to the sessions that have everything before it.
extension Router {
  /// Hands what was appended since the last flush to the sessions of live cursors.
  ///
  /// All live cursors of a replica are at the same place, so the slices are listed once, and a session costs
  /// no more than its `send`. A session that has more to get than these slices, or did not take them, falls
  /// behind, and goes the general way.
  mutating func deliverToLive(_ send: SendPieces) {
    guard !touched.isEmpty else { return }
    var replicas: [Replica] = []
    swap(&replicas, &touched)
    if replicas.count > 1 { countDeliveries(of: replicas) }
    for (number, replica) in replicas.enumerated() {
      if number + 1 < replicas.count {
        Prefetch.object(ObjectIdentifier(replicas[number + 1]), lines: Replica.linesInUse)
      }
      deliver(replica, alone: replicas.count == 1, send)
      replica.isTouched = false
      replica.liveNext = replica.window.lastSequence &+ 1
      settleAhead(of: replica)
      trim(replica)
    }
    replicas.removeAll(keepingCapacity: true)
    swap(&replicas, &touched)
  }

  /// Keeps the window within its limits, now that the live cursors have passed.
  mutating func trim(_ replica: Replica) {
    // With the last follower the bytes went out of the sum.
    guard replica.followers > 0 else { return }
    let room = windowBytes > limits.windowBytesPerLoop ? 0 : limits.windowBytes
    guard replica.window.byteCount > room else { return }
    windowBytes -= replica.window.byteCount
    replica.window.trim(to: room)
    windowBytes += replica.window.byteCount
  }

  /// The replica has been told of more: some of those who have it already may go on.
  private mutating func settleAhead(of replica: Replica) {
    guard !replica.ahead.isEmpty else { return }
    let cursors = replica.ahead
    replica.ahead.removeAll()
    for cursor in cursors { settle(cursor) }
  }

  /// Finds the sessions that several conversations have something for: they get it in one write.
  private mutating func countDeliveries(of replicas: [Replica]) {
    flushNumber &+= 1
    for replica in replicas {
      for session in replica.liveSessions {
        sessions.outlets[Int(session.slot)].count(inFlush: flushNumber)
      }
    }
  }

  private mutating func deliver(_ replica: Replica, alone: Bool, _ send: SendPieces) {
    guard !replica.live.isEmpty, replica.liveNext <= replica.window.lastSequence else { return }
    let room = FlushPlan.room(limits)
    let pieces = pieceMemory.room(for: 3 * room)
    func part(_ number: Int) -> UnsafeMutableBufferPointer<UnsafeRawBufferPointer> {
      .init(rebasing: pieces[number * room..<(number + 1) * room])
    }
    let stream = offer(.stream, of: replica, in: part(0))
    // What one message can hold is the same for both.
    let isOneMessage = stream?.fits(limits.messageBytes) ?? false
    let messages = isOneMessage ? stream : offer(.messages, of: replica, in: part(1))
    let json = replica.liveJSON > 0 ? offer(.json, of: replica, in: part(2)) : nil
    deliver(stream, messages, json, of: replica, alone: alone, send)
  }

  /// Lists the slices that all live cursors of a format get.
  ///
  /// - Returns: nil if it is more than one flush may take, or no longer in the window.
  private mutating func offer(
    _ format: WireFormat, of replica: Replica, in pieces: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
  ) -> DeliveryOffer? {
    var offer = DeliveryOffer()
    var rest = pieces
    var next = replica.liveNext
    repeat {
      var plan = FlushPlan(limits: limits, format: format, room: rest.count)
      next = plan.add(from: next, to: rest) { segment(holding: $0, of: replica, as: format) }
      guard plan.pieces > 0 else { return nil }
      offer.add(.init(pieces: UnsafeBufferPointer(rebasing: rest[..<plan.pieces]), bytes: plan.bytes))
      rest = .init(rebasing: rest[plan.pieces...])
    } while format.isInMessages && next <= replica.window.lastSequence && offer.bytes < limits.flushBytes
    guard next > replica.window.lastSequence else { return nil }
    let fits = offer.bytes <= limits.flushBytes && pieces.count - rest.count <= limits.flushPieces
    return offer.isOne || fits ? offer : nil
  }

  private mutating func deliver(
    _ stream: DeliveryOffer?, _ messages: DeliveryOffer?, _ json: DeliveryOffer?, of replica: Replica,
    alone: Bool, _ send: SendPieces
  ) {
    let receivers = replica.liveSessions
    var accepted: UInt64 = 0
    var bytes: UInt64 = 0
    // Some session gets it now, here or the general way.
    var isHandedOver = false
    var fallen = takeFallen()
    for (index, session) in receivers.enumerated() {
      let outlet = sessions.outlets[Int(session.slot)]
      let offer =
        switch outlet.format {
        case .stream: stream
        case .messages: messages
        case .json: json
        }
      guard let offer, outlet.isIdle, alone || outlet.deliveries == 1 else {
        if outlet.isWritable { isHandedOver = true }
        fallen.append((index, 0))
        continue
      }
      switch offer.send({ send(session, $0) }) {
      case .accepted:
        sessions.outlets[Int(session.slot)].lastSent = now.uptime
        accepted &+= 1
        bytes &+= UInt64(clamping: offer.bytes)
      case .blocked(let taken):
        blocked(session, took: taken)
        fallen.append((index, taken))
      case .failed:
        sessions.outlets[Int(session.slot)].isWritable = false
        fallen.append((index, 0))
      }
    }
    counters.flushes &+= UInt64(receivers.count &- fallen.count)
    counters.deliveries &+= accepted &* (replica.window.lastSequence &- replica.liveNext &+ 1)
    counters.bytesSent &+= bytes
    if isHandedOver || accepted > 0 { measureDelivery(of: replica) }
    // From the end, because the last one takes the place of each that falls behind.
    while let (index, taken) = fallen.popLast() { fallBehind(replica, index, took: taken) }
    giveBack(&fallen)
  }

  /// Takes a live cursor to its session's queue, past the bytes that the socket took.
  private mutating func fallBehind(_ replica: Replica, _ index: Int, took bytes: Int) {
    let cursor = replica.live[index]
    replica.removeLive(cursor)
    cursor.session.behind.append(cursor)
    if bytes > 0 { _ = advance(cursor, by: bytes) }
    queueFlush(cursor.session)
  }

  // Its memory is kept from flush to flush.
  private mutating func takeFallen() -> [(index: Int, bytes: Int)] {
    var taken: [(index: Int, bytes: Int)] = []
    swap(&taken, &fallen)
    return taken
  }

  private mutating func giveBack(_ list: inout [(index: Int, bytes: Int)]) {
    swap(&list, &fallen)
  }
}
