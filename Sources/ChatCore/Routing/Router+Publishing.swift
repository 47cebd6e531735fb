// A publish, from the frame to the batch for the conversation's owner, and back as a receipt.
extension Router {
  mutating func publish(
    _ publish: ClientFrame.Publish, _ request: UInt64, from session: Session, user: UserID
  ) throws(ChatError) {
    try check(publish)
    var targets: [(conversation: ConversationID?, receipt: Receipt)] = []
    for to in publish.to {
      var receipt = Receipt()
      receipt.to = to
      do throws(ChatError) {
        let conversation = try Address(to).conversation(from: user)
        receipt.conversation = conversation.name
        try checkAccess(to: conversation, session: session, user: user)
        try checkRoom(bytes: publish.body.count)
        targets.append((conversation, receipt))
      } catch {
        if publish.to.count == 1 { throw error }
        receipt.error = error
        targets.append((nil, receipt))
      }
    }

    let number = session.nextPublish
    session.nextPublish &+= 1
    for (index, target) in targets.enumerated() {
      guard let conversation = target.conversation else { continue }
      let origin = PublishOrigin(session: session.id, publish: number, index: index)
      append(publish, to: conversation, sender: user, origin: origin)
    }
    let pending = PendingPublish(
      requestID: request, receipts: targets.map(\.receipt),
      undecided: targets.count { $0.conversation != nil })
    if pending.undecided == 0 {
      answer(pending, session: session)
    } else {
      session.publishes[number] = pending
    }
  }

  private func check(_ publish: ClientFrame.Publish) throws(ChatError) {
    guard !publish.to.isEmpty else {
      throw ChatError(.invalidArgument, "Publish.to is empty: name at least one address")
    }
    guard publish.to.count <= limits.addressesPerPublish else {
      throw ChatError(
        .limitExceeded,
        "Publish.to has \(publish.to.count) addresses: addresses_per_publish is \(limits.addressesPerPublish)"
      )
    }
    guard publish.body.count <= limits.bodyBytes else {
      throw ChatError(
        .limitExceeded, "Publish.body has \(publish.body.count) bytes: body_bytes is \(limits.bodyBytes)")
    }
    for (name, value, most) in [
      ("client_message_id", publish.clientMessageID, 64), ("content_type", publish.contentType, 128),
      ("traceparent", publish.traceparent, 64),
    ] where value.utf8.count > most {
      throw ChatError(
        .invalidArgument, "Publish.\(name) has \(value.utf8.count) bytes: at most \(most) are allowed")
    }
  }

  private func checkRoom(bytes: Int) throws(ChatError) {
    guard publishBytesWaiting <= limits.publishBytesWaiting - bytes else {
      throw ChatError(
        .unavailable,
        "publish_bytes_waiting is \(limits.publishBytesWaiting): the store is behind; retry later",
        retryAfter: limits.unavailableRetryAfter)
    }
  }

  /// Encodes the message for delivery; its place in the log is filled in after the commit.
  private mutating func append(
    _ publish: ClientFrame.Publish, to conversation: ConversationID, sender: UserID, origin: PublishOrigin
  ) {
    let batch: OpenBatch
    if let open = openBatches[conversation] {
      batch = open
    } else {
      batch = OpenBatch(conversation: conversation)
      openBatches[conversation] = batch
      openOrder.append(batch)
    }
    let layout = codec.encodeDelivery(
      conversation: conversation.name, sender: sender.name, publish: publish, into: &batch.buffer)
    batch.entries.append(
      PublishBatch.Entry(
        layout: layout, sender: sender, clientMessageID: publish.clientMessageID,
        contentType: publish.contentType, traceparent: publish.traceparent, origin: origin))
    publishBytesWaiting += layout.frame.count
  }

  /// Sends what was published in this tick to the owners.
  mutating func sealBatches() {
    guard !openOrder.isEmpty else { return }
    for batch in openOrder {
      send(.publish(batch.seal(loop: loop)), to: owner(of: batch.conversation))
    }
    openOrder.removeAll(keepingCapacity: true)
    openBatches.removeAll(keepingCapacity: true)
  }

  /// Takes receipts for sessions of this loop.
  mutating func deliver(_ receipts: [PublishReceipt]) {
    for receipt in receipts {
      publishBytesWaiting -= receipt.bytes
      guard let session = sessions[receipt.origin.session] else { continue }
      let number = receipt.origin.publish
      guard var pending = session.publishes[number], pending.receipts.indices.contains(receipt.origin.index)
      else { continue }
      pending.receipts[receipt.origin.index].take(receipt.result)
      pending.undecided -= 1
      if pending.undecided > 0 {
        session.publishes[number] = pending
      } else {
        session.publishes[number] = nil
        answer(pending, session: session)
        resumeReadingIfPossible(session)
      }
    }
  }

  private mutating func answer(_ pending: PendingPublish, session: Session) {
    guard session.state != .closing else { return }
    if pending.receipts.count == 1, let error = pending.receipts[0].error {
      reply(to: session, pending.requestID, .error(error))
    } else if pending.requestID != 0 {
      reply(to: session, pending.requestID, .published(pending.receipts))
    }
  }
}

extension Receipt {
  fileprivate mutating func take(_ result: Result<PublishReceipt.Placed, ChatError>) {
    switch result {
    case .success(let placed):
      sequence = placed.sequence
      time = placed.time
      recipientsOnline = placed.recipientsOnline
      recipientsTotal = placed.recipientsTotal
      duplicate = placed.duplicate
    case .failure(let error):
      self.error = error
    }
  }
}
