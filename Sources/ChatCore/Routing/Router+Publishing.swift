// A publish, from the frame to the batch for the conversation's owner, and back as a receipt.
extension Router {
  mutating func publish(
    _ publish: ClientFrame.Publish, _ request: UInt64, from session: Session, user: UserID
  ) throws(ChatError) {
    try publish.withFields { fields throws(ChatError) in
      if publish.to.count == 1 {
        try self.publish(fields, request, to: publish.to[0], known: nil, from: session, user: user)
      } else {
        try publishToMany(fields, request, to: publish.to, from: session, user: user)
      }
    }
  }

  /// Publishes to one address.
  ///
  /// - Parameters:
  ///   - address: mostly not asked for if the conversation is known.
  ///   - known: the conversation that the address means, if that is known.
  mutating func publish(
    _ publish: PublishFields, _ request: UInt64, to address: @autoclosure () -> String, known: Conversation?,
    from session: Session, user: UserID
  ) throws(ChatError) {
    do throws(ChatError) {
      let number = try take(publish, request, addresses: 1, from: session, user: user)
      let conversation: Conversation
      if let known {
        try check(publish, to: known, session: session, user: user)
        conversation = known
      } else {
        conversation = try target(address(), publish, session: session, user: user)
      }
      note(conversation, at: address(), of: session)
      if request != 0 {
        session.publishes.add(
          PendingPublish(
            number: number, requestID: request,
            addresses: .one(address(), conversation: conversation.id.name)))
      }
      let origin = PublishOrigin(session: session.id, publish: number, index: 0)
      append(publish, to: conversation, sender: user, from: session, origin: origin)
    } catch {
      countPublishError(error)
      throw error
    }
  }

  private mutating func countPublishError(_ error: ChatError) {
    sessionCounters.publishErrors[error.code, default: 0] &+= 1
  }

  /// - Returns: the session's number for the publish; 0: no answer is wanted.
  private mutating func take(
    _ publish: PublishFields, _ request: UInt64, addresses: Int, from session: Session, user: UserID
  ) throws(ChatError) -> UInt64 {
    try check(publish, session.limits)
    try takeRate(addresses: addresses, session: session, user: user)
    return request == 0 ? 0 : session.takePublishNumber()
  }

  /// Keeps where the session publishes to when it has done so twice in a row, until it publishes elsewhere; one that changes
  /// each time would gain nothing, and would look at memory that is far away.
  private func note(
    _ conversation: Conversation, at address: @autoclosure () -> String, of session: Session
  ) {
    // The service publishes for many users, for whom an address is not the same; what JSON says is read anyway.
    guard !session.isService, session.format != .json else { return }
    let identity = ObjectIdentifier(conversation)
    if session.lastPublishedTo != identity {
      session.lastPublishedTo = identity
      session.lastTarget = nil
    } else if session.lastTarget == nil {
      session.lastTarget = PublishTarget(address: address(), conversation: conversation)
    }
  }

  /// Each address has a fate of its own.
  private mutating func publishToMany(
    _ publish: PublishFields, _ request: UInt64, to addresses: [String], from session: Session, user: UserID
  ) throws(ChatError) {
    let number: UInt64
    do throws(ChatError) {
      try check(addresses, session.limits)
      number = try take(publish, request, addresses: addresses.count, from: session, user: user)
    } catch {
      countPublishError(error)
      throw error
    }
    var receipts: [Receipt] = []
    var undecided = 0
    for (index, to) in addresses.enumerated() {
      var receipt = Receipt(to: to)
      do throws(ChatError) {
        let conversation = try target(to, publish, session: session, user: user)
        receipt.conversation = conversation.id.name
        undecided += 1
        let origin = PublishOrigin(session: session.id, publish: number, index: index)
        append(publish, to: conversation, sender: user, from: session, origin: origin)
      } catch {
        countLimit(error)
        countPublishError(error)
        receipt.error = error
      }
      receipts.append(receipt)
    }
    if undecided == 0 || request == 0 {
      answer(DecidedPublish(requestID: request, receipts: .several(receipts)), session: session)
    } else {
      session.publishes.add(
        PendingPublish(
          number: number, requestID: request, addresses: .several(receipts, undecided: undecided)))
    }
  }

  /// The conversation that an address means, if the session may publish there now.
  private mutating func target(
    _ to: String, _ publish: PublishFields, session: Session, user: UserID
  ) throws(ChatError) -> Conversation {
    // A name that is known need not be read again.
    if let known = conversations[to] {
      try check(publish, to: known, session: session, user: user)
      return known
    }
    let id = try Address(to).conversation(from: user)
    try check(publish, to: id, session: session, user: user)
    // An address that is no name may mean one that is here all the same.
    guard conversations[id.name] != nil || conversations.count < limits.conversationsPerLoop else {
      throw .conversationsPerLoop(limits)
    }
    return conversation(id)
  }

  private func check(
    _ publish: PublishFields, to conversation: Conversation, session: Session, user: UserID
  ) throws(ChatError) {
    // What everybody may do needs no look at the name.
    guard session.token == nil, conversation.kind == .broadcast else {
      return try check(publish, to: conversation.id, session: session, user: user)
    }
    try checkRoom(bytes: publish.body.count)
  }

  private func check(
    _ publish: PublishFields, to id: ConversationID, session: Session, user: UserID
  ) throws(ChatError) {
    try checkAccess(to: id, for: .publish, session: session, user: user)
    // The service may write to groups for anybody, but a direct conversation has the messages of two users.
    if session.isService, id.kind == .direct, !id.directUsers.contains(user) { throw .notMember(user, id) }
    try checkRoom(bytes: publish.body.count)
  }

  private func check(_ addresses: [String], _ limits: SessionLimits) throws(ChatError) {
    guard !addresses.isEmpty else {
      throw ChatError(.invalidArgument, "Publish.to is empty: name at least one address")
    }
    guard addresses.count <= limits.addressesPerPublish else {
      throw ChatError.limit(
        "addresses_per_publish",
        "Publish.to has \(addresses.count) addresses: addresses_per_publish is \(limits.addressesPerPublish)")
    }
  }

  private func check(_ publish: PublishFields, _ limits: SessionLimits) throws(ChatError) {
    guard publish.body.count <= limits.bodyBytes else {
      throw ChatError.limit(
        "body_bytes", "Publish.body has \(publish.body.count) bytes: body_bytes is \(limits.bodyBytes)")
    }
    try check(publish.clientMessageID, "client_message_id", most: 64)
    try check(publish.contentType, "content_type", most: 128)
    try check(publish.traceparent, "traceparent", most: 64)
  }

  private func check(_ text: UnsafeRawBufferPointer, _ field: StaticString, most: Int) throws(ChatError) {
    guard text.count > most else { return }
    throw ChatError(
      .invalidArgument, "Publish.\(field) has \(text.count) bytes: at most \(most) are allowed")
  }

  private func checkRoom(bytes: Int) throws(ChatError) {
    guard publishBytesWaiting <= limits.publishBytesWaiting - bytes else {
      throw ChatError.limit(
        "publish_bytes_waiting",
        "publish_bytes_waiting is \(limits.publishBytesWaiting): the store is behind; retry later",
        code: .unavailable, retryAfter: limits.unavailableRetryAfter)
    }
  }

  /// Encodes the message for delivery; its place in the log is filled in after the commit.
  private mutating func append(
    _ publish: PublishFields, to conversation: Conversation, sender: UserID, from session: Session,
    origin: PublishOrigin
  ) {
    let batch = openBatch(of: conversation)
    let traceparent = sampler.isOn ? traceparent(of: publish, in: batch) : nil
    let author = PublishBatch.Author(sender: sender, clientMessageID: publish.clientMessageIDText)
    publishBytesWaiting += batch.contents.add(origin, by: author, at: now.nanoseconds) { buffer in
      conversation.withName { name in
        guard let traceparent else {
          return codec.encodeDelivery(conversation: name, sender: sender.name, publish, into: &buffer)
        }
        return traceparent.withBytes {
          var traced = publish
          traced.traceparent = $0
          return codec.encodeDelivery(conversation: name, sender: sender.name, traced, into: &buffer)
        }
      }
    }
    if !origin.wantsAnswer { session.unansweredPublishes += 1 }
  }

  private mutating func openBatch(of conversation: Conversation) -> PublishBatch {
    if let batch = conversation.openBatch { return batch }
    let batch = spareBatches.popLast() ?? PublishBatch(loop: loop)
    conversation.openBatch = batch
    conversation.prefetch()
    published.append(conversation)
    return batch
  }

  /// Sends what was published in this tick to the owners.
  mutating func sealBatches() {
    for conversation in published {
      guard let batch = conversation.openBatch.take() else { continue }
      if isNext(conversation.owner) {
        enqueue(batch, to: conversation)
        // Only one that nothing waits for any more was emptied.
        if batch.count == 0, spareBatches.count < PublishBatch.mostSpare { spareBatches.append(batch) }
      } else {
        send(.publish(batch, to: conversation.id), to: conversation.owner)
        forgetIfUnused(conversation.id)
      }
    }
    published.removeAll(keepingCapacity: true)
  }

  /// Takes a receipt for a session of this loop.
  mutating func deliver(_ receipt: PublishReceipt) {
    publishBytesWaiting -= receipt.bytes
    if case .failure(let error) = receipt.result { countPublishError(error) }
    guard let session = session(receipt.origin.session) else { return }
    guard receipt.origin.wantsAnswer else {
      session.unansweredPublishes -= 1
      if case .failure(let error) = receipt.result, session.state != .closing {
        reply(to: session, 0, .error(error))
      }
      return goOn(session)
    }
    let origin = receipt.origin
    guard let decided = session.publishes.decide(origin.publish, index: origin.index, receipt.result) else {
      return
    }
    answer(decided, session: session)
    goOn(session)
  }

  /// A publish of the session has been decided.
  private mutating func goOn(_ session: Session) {
    // It has no connection.
    if session.isService { return }
    if session.isLeaving, !session.hasPublishesInFlight { close(session) }
    resumeReadingIfPossible(session)
  }

  private mutating func answer(_ publish: DecidedPublish, session: Session) {
    guard session.state != .closing else { return }
    switch publish.receipts {
    case .one(let receipt): answer(publish.requestID, with: receipt, session: session)
    case .several(let receipts) where publish.requestID != 0:
      reply(to: session, publish.requestID, .published(receipts))
    case .several(let receipts):
      for receipt in receipts {
        if let error = receipt.error { reply(to: session, 0, .error(error)) }
      }
    }
  }

  private mutating func answer(_ request: UInt64, with receipt: Receipt, session: Session) {
    if let error = receipt.error {
      reply(to: session, request, .error(error))
    } else if session.format == .json || session.isService {
      reply(to: session, request, .published([receipt]))
    } else {
      codec.encode(receipt, answering: request, into: &session.outbox)
      queueFlush(session)
    }
  }
}
