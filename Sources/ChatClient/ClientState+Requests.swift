import ChatCore

// From a call to its answer.
extension ClientState {
  /// - Parameter id: from ``makeRequestID()``, in the order of the calls.
  mutating func request(_ id: UInt64, _ body: ClientFrame.Body, waiter: Waiter, at now: UInt64) {
    if let failure = failure(of: connection.phase) ?? refusal(of: body) {
      return act(.answer(waiter, .failure(failure)))
    }
    let deadline = now.adding(requestTimeout)
    if case .publish(let publish) = body {
      window.append(id, publish, deadline: deadline, waiter: waiter)
    } else {
      requests.append(id, body, deadline: deadline, waiter: waiter)
    }
    pump(at: now)
  }

  /// Nobody waits for the answer any longer.
  mutating func cancel(_ id: UInt64, at now: UInt64) {
    guard let waiter = window.answered(id) ?? requests.answered(id)?.waiter else { return }
    let cancelled = ChatClientError(
      .cancelled, "the task was cancelled: the broker may have carried out the request all the same")
    act(.answer(waiter, .failure(cancelled)))
    pump(at: now)
  }

  /// What needs no broker to be refused.
  private func refusal(of body: ClientFrame.Body) -> ChatClientError? {
    guard case .publish(let publish) = body else {
      return requests.isFull
        ? ChatClientError(
          .limitExceeded, "requestsWaiting is \(requests.limit): wait for the answers of earlier requests")
        : nil
    }
    if window.isFull {
      return ChatClientError(
        .limitExceeded,
        "publishesWaiting is \(window.waitingLimit): wait for the answers of earlier publishes")
    }
    let limits = connection.limits
    if limits.bodyBytes > 0, publish.body.count > Int(limits.bodyBytes) {
      return ChatClientError(
        .limitExceeded,
        "the body has \(publish.body.count) bytes, but the broker allows \(limits.bodyBytes): send less at once"
      )
    }
    if limits.addressesPerPublish > 0, publish.to.count > Int(limits.addressesPerPublish) {
      return ChatClientError(
        .limitExceeded,
        "the publish has \(publish.to.count) addresses, but the broker allows \(limits.addressesPerPublish): "
          + "publish in several parts")
    }
    // A frame that is too long would end the connection, again with each retry.
    let size =
      publish.to.reduce(64) { $0 + $1.utf8.count + 6 } + publish.body.count + publish.contentType.utf8.count
      + publish.clientMessageID.utf8.count + publish.traceparent.utf8.count
    if limits.frameBytes > 0, size > Int(limits.frameBytes) {
      return ChatClientError(
        .limitExceeded,
        "the publish takes \(size) bytes, but the broker allows frames of \(limits.frameBytes): send less at once"
      )
    }
    return nil
  }

  /// The broker has answered.
  mutating func answered(_ id: UInt64, _ body: ServerFrame.Body, at now: UInt64) {
    if case .error(let error) = body { return refused(id, error, at: now) }
    retryBackoff.reset()
    if let waiter = window.answered(id) {
      act(.answer(waiter, .success(body)))
    } else if let (waiter, request) = requests.answered(id) {
      tookEffect(request, body)
      act(.answer(waiter, .success(body)))
    } else if let conversation = resubscribes.answered(id) {
      positions.repaired(conversation)
    }
    pump(at: now)
  }

  /// Keeps the places in step with what the caller asked for.
  private mutating func tookEffect(_ request: ClientFrame.Body, _ answer: ServerFrame.Body) {
    switch (request, answer) {
    case (.subscribe, .subscribed(let state)):
      act(.update(.place(positions.follow(state))))
    case (.join, .subscribed(let state)):
      if let place = positions.meet(state) { act(.update(.place(place))) }
    case (.unsubscribe(let conversation), .done), (.leave(let conversation), .done):
      if positions.forget(conversation) { act(.update(.forget(conversation: conversation))) }
    default: break
    }
  }

  private mutating func refused(_ id: UInt64, _ error: ChatError, at now: UInt64) {
    if error.isTemporary {
      let delay = max(retryBackoff.next(), min(error.retryAfter, ConnectionState.longestHint))
      if window.postpone(id, by: delay, at: now) || requests.postpone(id, by: delay, at: now) {
        return pump(at: now)
      }
    }
    if let waiter = window.answered(id) ?? requests.answered(id)?.waiter {
      act(.answer(waiter, .failure(.refused(error))))
      pump(at: now)
    } else {
      if let conversation = resubscribes.answered(id) { refusedAgain(conversation, error, at: now) }
      connection.noted(error)
    }
  }

  /// Fails what has waited too long.
  mutating func expire(at now: UInt64) {
    for (waiter, wasSent) in window.expired(at: now) {
      let advice =
        wasSent
        ? "it may have been stored: publish it again with the same clientMessageID, which is safe"
        : "it was never sent: publish it again when the client is connected"
      act(
        .answer(
          waiter, .failure(ChatClientError(.timedOut, "no answer within \(requestTimeout) ms; \(advice)"))))
    }
    for waiter in requests.expired(at: now) {
      let late = ChatClientError(.timedOut, "no answer within \(requestTimeout) ms: ask again, which is safe")
      act(.answer(waiter, .failure(late)))
    }
  }
}

extension ChatError {
  /// A retry makes sense.
  var isTemporary: Bool { retryAfter > 0 || code == .unavailable || code == .draining }
}
