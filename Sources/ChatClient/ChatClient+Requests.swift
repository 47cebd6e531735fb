public import ChatCore

extension ChatClient {
  /// Publishes a message, and waits until it is on stable storage.
  ///
  /// Publishes are sent in the order of the calls. A publish to which the answer got lost is sent again on the next
  /// connection, before any newer one, and the broker stores it once. Where the broker says `unavailable`, it is
  /// retried with all that are not answered then, until `requestTimeout`.
  ///
  /// - Parameters:
  ///   - body: the message itself, up to the broker's `limits.body_bytes`.
  ///   - addresses: `user:<id>`, `group:<id>`, `broadcast:<id>`, or the name of a conversation.
  ///   - contentType: the media type of the body; empty: text.
  ///   - traceparent: the W3C trace context that the publish belongs to; empty: none.
  ///   - clientMessageID: makes a later retry safe, also by another process; nil: the client makes one.
  /// - Returns: one receipt for each address, in their order. With several addresses, one that was refused has
  ///   `Receipt.error` set.
  /// - Throws: ``ChatClientError``; ``ChatClientError/Code/timedOut`` does not say that it was not stored.
  public func publish(
    _ body: [UInt8], to addresses: [String], contentType: String = "", traceparent: String = "",
    clientMessageID: String? = nil
  ) async throws -> [Receipt] {
    var publish = ClientFrame.Publish()
    publish.to = addresses
    publish.body = Payload(body)
    publish.contentType = contentType
    publish.traceparent = traceparent
    publish.clientMessageID = clientMessageID ?? messageIDs.next(unixTime: Clock.unixTime)
    let answer = try await request(.publish(publish))
    guard case .published(let receipts) = answer, receipts.count == addresses.count else {
      throw ChatClientError.unexpected(answer, "Publish")
    }
    return receipts
  }

  /// Publishes a text to one address.
  public func publish(_ text: String, to address: String) async throws -> Receipt {
    guard let receipt = try await publish(Array(text.utf8), to: [address]).first else {
      throw ChatClientError(.protocolViolation, "the broker sent no receipt: update the client or the broker")
    }
    if let error = receipt.error { throw ChatClientError.refused(error) }
    return receipt
  }

  /// Follows a broadcast, or moves the place in a conversation that is followed already.
  ///
  /// - Parameters:
  ///   - conversation: its name.
  ///   - after: the place after which messages are wanted; nil: only new ones.
  public func subscribe(_ conversation: String, after: Position? = nil) async throws -> ConversationState {
    let subscribe = ClientFrame.Subscribe(conversation: conversation, after: after)
    return try await state(.subscribe(subscribe), "Subscribe")
  }

  /// Follows a broadcast no longer.
  public func unsubscribe(_ conversation: String) async throws {
    try await done(.unsubscribe(conversation: conversation), "Unsubscribe")
  }

  /// Makes the user a member of a group.
  public func join(_ conversation: String) async throws -> ConversationState {
    try await state(.join(conversation: conversation), "Join")
  }

  /// Ends the user's membership of a group.
  public func leave(_ conversation: String) async throws {
    try await done(.leave(conversation: conversation), "Leave")
  }

  /// Reads a page of a conversation's log: behind `after`, or before `before`, or the first one with
  /// `fromStart`, or else the newest one.
  ///
  /// - Parameters:
  ///   - conversation: its name.
  ///   - after: the sequence that the page begins behind; 0: none is named.
  ///   - before: the sequence that the page ends before; 0: none is named.
  ///   - limit: the most messages; 0: as many as the broker allows.
  ///   - fromStart: asks for the first page.
  public func history(
    _ conversation: String, after: UInt64 = 0, before: UInt64 = 0, limit: Int = 0, fromStart: Bool = false
  ) async throws -> ServerFrame.HistoryPage {
    let history = ClientFrame.History(
      conversation: conversation, after: after, before: before, limit: UInt32(clamping: limit),
      fromStart: fromStart)
    let answer = try await request(.history(history))
    guard case .historyPage(let page) = answer else { throw ChatClientError.unexpected(answer, "History") }
    return page
  }

  /// Says that the user has read a conversation up to a message. The others are told, and the user's other
  /// devices. Without a connection it is said when there is one.
  public func markRead(_ position: Position) {
    run { state, now in state.markRead(position, at: now) }
  }

  /// Says that the user is writing. Call it every few seconds while that goes on; without a connection it does
  /// nothing.
  public func typing(in conversation: String) {
    run { state, now in state.typing(in: conversation, at: now) }
  }

  /// Asks for a sign of life.
  public func ping() async throws {
    let answer = try await request(.ping)
    guard case .heartbeat = answer else { throw ChatClientError.unexpected(answer, "Ping") }
  }

  private func state(_ body: ClientFrame.Body, _ name: String) async throws -> ConversationState {
    let answer = try await request(body)
    guard case .subscribed(let state) = answer else { throw ChatClientError.unexpected(answer, name) }
    return state
  }

  private func done(_ body: ClientFrame.Body, _ name: String) async throws {
    let answer = try await request(body)
    guard case .done = answer else { throw ChatClientError.unexpected(answer, name) }
  }

  func request(_ body: ClientFrame.Body) async throws -> ServerFrame.Body {
    let id = state.makeRequestID()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { waiter in
        run { state, now in state.request(id, body, waiter: waiter, at: now) }
      }
    } onCancel: {
      eventLoop.execute { self.assumeIsolated { $0.run { state, now in state.cancel(id, at: now) } } }
    }
  }
}

extension ChatClientError {
  static func unexpected(_ answer: ServerFrame.Body, _ request: String) -> ChatClientError {
    ChatClientError(
      .protocolViolation,
      "the broker answered \(request) in a way unknown here: update the client or the broker")
  }
}
