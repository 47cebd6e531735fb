// What an owner loop does for its conversations.
extension Router {
  /// The owned log; asks the store for its end when it is new here.
  private mutating func log(_ conversation: ConversationID) -> ConversationLog {
    if let log = logs[conversation] {
      log.lastUse = now.uptime
      return log
    }
    let log = ConversationLog(conversation: conversation, loops: loops)
    log.lastUse = now.uptime
    logs[conversation] = log
    read(.log(conversation), .log(conversation))
    return log
  }

  mutating func enqueue(_ batch: PublishBatch) {
    let log = log(batch.conversation)
    guard log.waitingMessages <= limits.publishesWaitingPerConversation - batch.entries.count else {
      return fail(
        batch,
        ChatError(
          .unavailable,
          "publishes_waiting_per_conversation is \(limits.publishesWaitingPerConversation): retry later",
          retryAfter: limits.unavailableRetryAfter))
    }
    log.waiting.append(batch)
    log.waitingMessages += batch.entries.count
    readyLogs.append(log)
  }

  /// The store has said where the log ends, or could not.
  mutating func opened(_ conversation: ConversationID, _ result: Result<LogState, StoreError>) {
    guard let log = logs[conversation], log.state != .open else { return }
    switch result {
    case .success(let state):
      log.state = .open
      log.log = state
      for loop in log.followers.indices where log.followers[loop] > 0 {
        send(.attached(conversation, state, number: 0), to: loop)
      }
      for (loop, number) in log.unanswered { send(.attached(conversation, state, number: number), to: loop) }
      log.unanswered.removeAll()
      if log.needsIntroduction, state.lastSequence > 0 { introduce(log) }
      readyLogs.append(log)
    case .failure(let error):
      log.state = .retrying
      retryingLogs.append(log)
      failWaiting(log, error)
    }
  }

  /// Hands what waits to the store, for each log that has nothing there.
  mutating func submitReadyLogs() {
    for log in readyLogs where log.state == .open && !log.isCommitting && !log.waiting.isEmpty {
      log.isCommitting = true
      log.lastTime = max(log.lastTime, now.unixTime)
      let batches = log.waiting
      log.waiting.removeAll()
      log.waitingMessages = 0
      let messages = batches.flatMap { $0.messages(time: log.lastTime) }
      write(
        .append(conversation: log.conversation, messages: messages),
        .append(log.conversation, batches, time: log.lastTime))
    }
    readyLogs.removeAll(keepingCapacity: true)
  }

  /// The commit is on stable storage: only now anybody hears of the messages.
  mutating func committed(
    _ conversation: ConversationID, _ batches: [PublishBatch], time: Int64, _ outcome: AppendOutcome
  ) {
    guard outcome.places.count == batches.reduce(0, { $0 + $1.entries.count }) else {
      return appendFailed(conversation, batches, .wrongAnswer)
    }
    guard let log = logs[conversation] else { return }
    log.isCommitting = false
    log.lastUse = now.uptime
    log.log.epoch = outcome.epoch
    log.log.lastSequence = outcome.lastSequence
    log.log.members = outcome.members
    if log.log.firstSequence == 0, outcome.lastSequence > 0 { log.log.firstSequence = 1 }

    var segments: [Segment] = []
    var rest = outcome.places[...]
    for batch in batches {
      let places = rest.prefix(batch.entries.count)
      rest = rest.dropFirst(batch.entries.count)
      segments += batch.segments(places: places, time: time)
      log.heldReceipts.append((batch, Array(places), time))
      counters.messagesPublished &+= UInt64(batch.entries.count)
    }
    if !segments.isEmpty {
      for loop in log.followers.indices where log.followers[loop] > 0 {
        send(.appended(conversation, log.log, segments), to: loop)
      }
    }
    if conversation.kind == .direct, outcome.created || log.needsIntroduction {
      introduce(log)
    }
    if log.loopsToAnswer == 0 { sendReceipts(log) }
    readyLogs.append(log)
  }

  /// Makes the sessions of a new direct conversation's users follow it, before the receipt counts them.
  private mutating func introduce(_ log: ConversationLog) {
    log.needsIntroduction = false
    log.loopsToAnswer += loops
    let membership = Membership(conversation: log.conversation, log: log.log, delivered: 0)
    sendToAllLoops(.memberJoined(membership, log.conversation.directUsers, answer: true))
  }

  mutating func releaseReceipts(of conversation: ConversationID) {
    guard let log = logs[conversation], log.loopsToAnswer > 0 else { return }
    log.loopsToAnswer -= 1
    if log.loopsToAnswer == 0 { sendReceipts(log) }
  }

  private mutating func sendReceipts(_ log: ConversationLog) {
    for (batch, places, committed) in log.heldReceipts {
      let receipts = zip(batch.entries, places).map { entry, place in
        let sequence: UInt64
        let time: Int64
        let duplicate: Bool
        switch place {
        case .stored(let stored): (sequence, time, duplicate) = (stored, committed, false)
        case .duplicate(let stored, let storedTime): (sequence, time, duplicate) = (stored, storedTime, true)
        }
        return PublishReceipt(
          origin: entry.origin, bytes: entry.layout.frame.count,
          result: .success(
            PublishReceipt.Placed(
              sequence: sequence, time: time, duplicate: duplicate,
              recipientsOnline: log.recipientsOnline(besides: entry.sender),
              recipientsTotal: log.recipientsTotal(besides: entry.sender))))
      }
      send(.receipts(receipts), to: batch.loop)
    }
    log.heldReceipts.removeAll()
  }

  /// The store has refused, or cannot tell. The log is opened anew, so that a message that was stored all the
  /// same is found and delivered.
  mutating func appendFailed(_ conversation: ConversationID, _ batches: [PublishBatch], _ error: StoreError) {
    for batch in batches { fail(batch, .unavailable(error, limits)) }
    guard let log = logs[conversation] else { return }
    log.isCommitting = false
    log.state = .opening
    log.needsIntroduction = conversation.kind == .direct
    read(.log(conversation), .log(conversation))
  }

  private mutating func failWaiting(_ log: ConversationLog, _ error: StoreError) {
    for batch in log.waiting { fail(batch, .unavailable(error, limits)) }
    log.waiting.removeAll()
    log.waitingMessages = 0
  }

  private mutating func fail(_ batch: PublishBatch, _ error: ChatError) {
    let receipts = batch.entries.map {
      PublishReceipt(origin: $0.origin, bytes: $0.layout.frame.count, result: .failure(error))
    }
    send(.receipts(receipts), to: batch.loop)
  }

  mutating func attach(_ conversation: ConversationID, user: UserID, loop: Int, number: UInt64) {
    let log = log(conversation)
    log.followers[loop] += 1
    log.online[user, default: 0] += 1
    locate(conversation, loop: loop, number: number)
  }

  mutating func locate(_ conversation: ConversationID, loop: Int, number: UInt64) {
    let log = log(conversation)
    if log.state == .open {
      send(.attached(conversation, log.log, number: number), to: loop)
    } else {
      log.unanswered.append((loop, number))
    }
  }

  mutating func detach(_ conversation: ConversationID, user: UserID, loop: Int) {
    guard let log = logs[conversation], log.followers[loop] > 0, let count = log.online[user] else { return }
    log.followers[loop] -= 1
    log.online[user] = count > 1 ? count - 1 : nil
    log.lastUse = now.uptime
  }
}

extension ChatError {
  static func unavailable(_ error: StoreError, _ limits: Limits) -> ChatError {
    ChatError(
      .unavailable,
      "the store cannot do this now (\(error.code.rawValue)): retry with the same client_message_id",
      retryAfter: limits.unavailableRetryAfter)
  }
}
