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
    let alone = replicas.count == 1
    if !alone { countDeliveries(of: replicas) }
    for (number, replica) in replicas.enumerated() {
      if number + 1 < replicas.count {
        Prefetch.object(ObjectIdentifier(replicas[number + 1]), lines: Replica.linesInUse)
      }
      replica.isTouched = false
      if handOver(&replica.tail, followers: replica.followers, alone: alone, send) { continue }
      // From the end, because the last one takes the place of each that falls behind.
      while let (index, taken) = fallen.popLast() { fallBehind(replica, index, took: taken) }
      windowBytes += replica.tail.pass(keeping: windowRoom(followers: replica.followers))
      for cursor in replica.tail.takeAhead() { settle(cursor) }
    }
    replicas.removeAll(keepingCapacity: true)
    swap(&replicas, &touched)
  }

  /// Keeps a window that has grown by JSON within its limits.
  mutating func trim(_ replica: Replica) {
    windowBytes += replica.tail.trim(to: windowRoom(followers: replica.followers))
  }

  /// How many bytes a window may have now.
  private func windowRoom(followers: Int) -> Int {
    // With the last follower the bytes went out of the sum.
    guard followers > 0 else { return .max }
    return windowBytes > limits.windowBytesPerLoop ? 0 : limits.windowBytes
  }

  /// Finds the sessions that several conversations have something for: they get it in one write.
  private mutating func countDeliveries(of replicas: [Replica]) {
    flushNumber &+= 1
    for replica in replicas { countDelivery(of: replica.tail) }
  }

  private mutating func countDelivery(of tail: borrowing Tail) {
    for index in tail.sessions.indices {
      sessions.outlets[Int(tail.sessions[index].slot)].count(inFlush: flushNumber)
    }
  }

  /// Hands what is new to the sessions of live cursors.
  ///
  /// - Returns: whether that is all there is to do. Else those that did not take all of it are in ``fallen``, by their place
  ///   among them.
  private mutating func handOver(
    _ tail: inout Tail, followers: Int, alone: Bool, _ send: SendPieces
  ) -> Bool {
    if tail.hasNews { handOver(&tail, alone: alone, send) }
    guard fallen.isEmpty, !tail.hasAhead else { return false }
    // Not before, because the window may have grown by JSON.
    windowBytes += tail.pass(keeping: windowRoom(followers: followers))
    return true
  }

  private mutating func handOver(_ tail: inout Tail, alone: Bool, _ send: SendPieces) {
    let room = FlushPlan.room(limits)
    let pieces = pieceMemory.room(for: 3 * room)
    func part(_ number: Int) -> UnsafeMutableBufferPointer<UnsafeRawBufferPointer> {
      .init(rebasing: pieces[number * room..<(number + 1) * room])
    }
    let stream = offer(.stream, of: &tail, in: part(0))
    // What one message can hold is the same for both.
    let isOneMessage = stream?.fits(limits.messageBytes) ?? false
    let messages = isOneMessage ? stream : offer(.messages, of: &tail, in: part(1))
    let json = tail.jsonSessions > 0 ? offer(.json, of: &tail, in: part(2)) : nil
    handOver(stream, messages, json, of: tail, alone: alone, send)
  }

  /// Lists the slices that all live cursors of a format get.
  ///
  /// - Returns: nil if it is more than one flush may take, or no longer in the window.
  private mutating func offer(
    _ format: WireFormat, of tail: inout Tail, in pieces: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
  ) -> DeliveryOffer? {
    var offer = DeliveryOffer()
    var rest = pieces
    var next = tail.next
    repeat {
      var plan = FlushPlan(limits: limits, format: format, room: rest.count)
      next = plan.add(from: next, to: rest) { segment(holding: $0, in: &tail, as: format) }
      guard plan.pieces > 0 else { return nil }
      offer.add(.init(pieces: UnsafeBufferPointer(rebasing: rest[..<plan.pieces]), bytes: plan.bytes))
      rest = .init(rebasing: rest[plan.pieces...])
    } while format.isInMessages && next <= tail.lastSequence && offer.bytes < limits.flushBytes
    guard next > tail.lastSequence else { return nil }
    let fits = offer.bytes <= limits.flushBytes && pieces.count - rest.count <= limits.flushPieces
    return offer.isOne || fits ? offer : nil
  }

  private mutating func handOver(
    _ stream: DeliveryOffer?, _ messages: DeliveryOffer?, _ json: DeliveryOffer?, of tail: borrowing Tail,
    alone: Bool, _ send: SendPieces
  ) {
    var accepted: UInt64 = 0
    var bytes: UInt64 = 0
    // Some session gets it now, here or the general way.
    var isHandedOver = false
    for index in tail.sessions.indices {
      let session = tail.sessions[index]
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
    counters.flushes &+= UInt64(tail.sessions.count &- fallen.count)
    counters.deliveries &+= accepted &* (tail.lastSequence &- tail.next &+ 1)
    counters.bytesSent &+= bytes
    if isHandedOver || accepted > 0 { measureDelivery(of: tail) }
  }

  /// Takes a live cursor to its session's queue, past the bytes that the socket took.
  private mutating func fallBehind(_ replica: Replica, _ index: Int, took bytes: Int) {
    let cursor = replica.tail.removeLive(at: index)
    cursor.session.behind.append(cursor)
    if bytes > 0 { _ = advance(cursor, by: bytes) }
    queueFlush(cursor.session)
  }
}
