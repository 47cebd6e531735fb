// What an owner loop does for its conversations.
extension Router {
  /// The owned log; asks the store for its end when it is new here.
  private mutating func log(of conversation: Conversation) -> ConversationLog {
    if let log = conversation.log {
      log.lastUse = now.uptime
      return log
    }
    let log = ConversationLog(conversation: conversation.id, loops: loops)
    log.lastUse = now.uptime
    conversation.log = log
    if conversation.isStored {
      read(.log(conversation.id), .log(conversation.id))
    } else {
      log.state = .open
      log.log.epoch = nextEpoch
      nextEpoch = nextEpoch == .max ? 1 : nextEpoch + 1
    }
    return log
  }

  /// Takes what another loop's sessions have published, which does not know how many conversations this loop has.
  mutating func enqueue(_ batch: PublishBatch, to id: ConversationID) {
    guard conversations[id.name] != nil || conversations.count < limits.conversationsPerLoop else {
      return fail(batch, to: id, .conversationsPerLoop(limits))
    }
    enqueue(batch, to: conversation(id))
  }

  mutating func enqueue(_ batch: PublishBatch, to conversation: Conversation) {
    let log = log(of: conversation)
    guard conversation.isStored else {
      return order(&batch.contents, from: batch.loop, in: log, of: conversation)
    }
    guard log.waitingMessages <= limits.publishesWaitingPerConversation - batch.count else {
      return fail(
        batch, to: conversation.id,
        ChatError.limit(
          "publishes_waiting_per_conversation",
          "publishes_waiting_per_conversation is \(limits.publishesWaitingPerConversation): retry later",
          code: .unavailable, retryAfter: limits.unavailableRetryAfter))
    }
    groupCommit.came(batch.count, at: now.nanoseconds)
    log.waiting.append(batch)
    log.waitingMessages += batch.count
    if log.isReady { ready.append(conversation) }
  }

  /// Gives messages that are not stored their places, delivers them, and empties the batch.
  private mutating func order(
    _ published: inout PublishBatch.Contents, from loop: Int, in log: ConversationLog,
    of conversation: Conversation
  ) {
    let time = max(log.lastTime, now.unixTime)
    let first = log.log.lastSequence &+ 1
    let segment = published.segment(firstSequence: first, time: time)
    log.lastTime = time
    log.log.lastSequence = segment.lastSequence
    log.log.firstSequence = 1
    counters.messagesPublished &+= UInt64(segment.count)
    log.published &+= UInt64(segment.count)
    share(CollectionOfOne(segment), of: log, conversation)
    if !published.traces.isEmpty {
      traceAppend(
        published.traces, of: segment.count, to: conversation.id, lastSequence: segment.lastSequence)
    }
    sendReceipts(for: published, to: loop) {
      log.receipt(for: $1, of: $0, .stored(sequence: first &+ UInt64($1)), time: time)
    }
    published.removeAll()
  }

  /// Hands new messages to the loops that have followers.
  private mutating func share(
    _ segments: some Collection<Segment>, of log: ConversationLog, _ conversation: Conversation
  ) {
    for loop in log.followers.indices where log.followers[loop] > 0 {
      if isNext(loop), let replica = conversation.replica {
        appended(replica, log: log.log, segments: segments)
      } else {
        send(.appended(log.conversation, log.log, Array(segments)), to: loop)
      }
    }
  }

  /// The store has said where the log ends, or could not.
  mutating func opened(_ conversation: ConversationID, _ result: Result<LogState, StoreError>) {
    guard let known = conversations[conversation.name], let log = known.log, log.state != .open else {
      return
    }
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
      if log.isReady { ready.append(known) }
      dropIfUnused(log)
    case .failure(let error):
      log.state = .retrying
      retryingLogs.append(log)
      failWaiting(log, error)
    }
  }

  /// Hands what waits to the store, for each log that has nothing there.
  mutating func submitReadyLogs() {
    var ready: [Conversation] = []
    swap(&ready, &self.ready)
    for conversation in ready {
      guard let log = conversation.log, log.isReady else { continue }
      log.isCommitting = true
      log.submittedAt = now.unixNanoseconds
      log.lastTime = max(log.lastTime, now.unixTime)
      let batches = log.waiting
      var messages: [NewMessage] = []
      messages.reserveCapacity(log.waitingMessages)
      for batch in batches { batch.add(to: &messages, time: log.lastTime) }
      log.waiting.removeAll()
      log.waitingMessages = 0
      write(
        .append(conversation: conversation.id, messages: messages),
        .append(conversation, batches, time: log.lastTime))
    }
  }

  /// The commit is on stable storage: only now anybody hears of the messages.
  mutating func committed(
    _ conversation: Conversation, _ batches: [PublishBatch], time: Int64, _ outcome: AppendOutcome
  ) {
    guard outcome.places.count == batches.reduce(0, { $0 + $1.count }) else {
      return appendFailed(conversation, batches, .wrongAnswer)
    }
    for batch in batches { measureCommit(of: batch) }
    guard let log = conversation.log else { return }
    log.isCommitting = false
    log.lastUse = now.uptime
    log.log.epoch = outcome.epoch
    log.log.lastSequence = outcome.lastSequence
    log.log.members = outcome.members
    if log.log.firstSequence == 0, outcome.lastSequence > 0 { log.log.firstSequence = 1 }

    var segments: [Segment] = []
    var rest = outcome.places[...]
    for batch in batches {
      let places = rest.prefix(batch.count)
      rest = rest.dropFirst(batch.count)
      segments += batch.contents.segments(places: places, time: time)
      counters.messagesPublished &+= UInt64(batch.count)
      log.published &+= UInt64(batch.count)
    }
    if !segments.isEmpty { share(segments, of: log, conversation) }
    groupCommit.committed(
      messages: outcome.places.count, deliveries: log.followers.reduce(0, +), waiting: log.waitingMessages)
    if sampler.isOn {
      traceAppend(
        batches.flatMap { $0.contents.traces }, of: outcome.places.count, to: conversation.id,
        lastSequence: outcome.lastSequence, submittedAt: log.submittedAt)
    }
    if conversation.id.kind == .direct, outcome.created || log.needsIntroduction {
      introduce(log)
    }
    if log.loopsToAnswer == 0 {
      sendReceipts(log, batches, time: time, outcome)
    } else {
      log.heldReceipts.append((batches, time, outcome))
    }
    if log.isReady { ready.append(conversation) }
  }

  /// Makes the sessions of a new direct conversation's users follow it, before the receipt counts them.
  private mutating func introduce(_ log: ConversationLog) {
    log.needsIntroduction = false
    log.loopsToAnswer += loops
    let membership = Membership(conversation: log.conversation, log: log.log, delivered: 0)
    sendToAllLoops(.memberJoined(membership, log.conversation.directUsers, answer: true))
  }

  mutating func releaseReceipts(of conversation: ConversationID) {
    guard let log = conversations[conversation.name]?.log, log.loopsToAnswer > 0 else { return }
    log.loopsToAnswer -= 1
    guard log.loopsToAnswer == 0 else { return }
    for (batches, time, outcome) in log.heldReceipts { sendReceipts(log, batches, time: time, outcome) }
    log.heldReceipts.removeAll()
  }

  /// - Parameter outcome: has a place for each message of the batches.
  private mutating func sendReceipts(
    _ log: ConversationLog, _ batches: [PublishBatch], time: Int64, _ outcome: AppendOutcome
  ) {
    var places = outcome.places[...]
    for batch in batches {
      let first = places.startIndex
      sendReceipts(for: batch.contents, to: batch.loop) { published, index in
        log.receipt(
          for: index, of: published, outcome.places[first + index], time: time,
          isMember: !outcome.outsiders.contains(published.authors[index].sender))
      }
      places = places.dropFirst(batch.count)
    }
  }

  /// Tells the loop of the publishers what became of a batch: at once if it is this one, else in one message.
  private mutating func sendReceipts(
    for published: borrowing PublishBatch.Contents, to loop: Int,
    _ receipt: (_ published: borrowing PublishBatch.Contents, _ index: Int) -> PublishReceipt
  ) {
    if isNext(loop) {
      for index in published.entries.indices { deliver(receipt(published, index)) }
    } else {
      var receipts: [PublishReceipt] = []
      for index in published.entries.indices { receipts.append(receipt(published, index)) }
      send(.receipts(receipts), to: loop)
    }
  }

  /// The store has refused, or cannot tell. The log is opened anew, so that a message that was stored all the
  /// same is found and delivered.
  mutating func appendFailed(_ conversation: Conversation, _ batches: [PublishBatch], _ error: StoreError) {
    let log = conversation.log
    for batch in batches {
      fail(batch, to: conversation.id, .unavailable(error, limits), submittedAt: log?.submittedAt)
    }
    guard let log else { return }
    log.isCommitting = false
    log.state = .opening
    log.needsIntroduction = conversation.id.kind == .direct
    read(.log(conversation.id), .log(conversation.id))
  }

  private mutating func failWaiting(_ log: ConversationLog, _ error: StoreError) {
    for batch in log.waiting { fail(batch, to: log.conversation, .unavailable(error, limits)) }
    log.waiting.removeAll()
    log.waitingMessages = 0
  }

  private mutating func fail(
    _ batch: PublishBatch, to conversation: ConversationID, _ error: ChatError, submittedAt: UInt64? = nil
  ) {
    countLimit(error)
    traceAppend(
      batch.contents.traces, of: batch.count, to: conversation, submittedAt: submittedAt, failure: error.code)
    sendReceipts(for: batch.contents, to: batch.loop) { published, index in
      let entry = published.entries[index]
      return PublishReceipt(origin: entry.origin, bytes: entry.layout.frame.count, result: .failure(error))
    }
  }

  mutating func attach(_ conversation: ConversationID, user: UserID, loop: Int, number: UInt64) {
    let log = log(of: self.conversation(conversation))
    log.addFollowers(1, on: loop)
    log.online[user, default: 0] += 1
    locate(conversation, loop: loop, number: number)
  }

  mutating func locate(_ conversation: ConversationID, loop: Int, number: UInt64) {
    let log = log(of: self.conversation(conversation))
    if log.state == .open {
      send(.attached(conversation, log.log, number: number), to: loop)
    } else {
      log.unanswered.append((loop, number))
    }
  }

  mutating func detach(_ conversation: ConversationID, user: UserID, loop: Int) {
    guard let log = conversations[conversation.name]?.log, log.followers[loop] > 0,
      let count = log.online[user]
    else { return }
    log.addFollowers(-1, on: loop)
    log.online[user] = count > 1 ? count - 1 : nil
    log.lastUse = now.uptime
    dropIfUnused(log)
  }

  /// What was only looked at is not kept for those who may come back, unless it cannot be found in the store.
  private mutating func dropIfUnused(_ log: ConversationLog) {
    guard log.isIdle, log.published == 0, !log.needsIntroduction,
      conversations[log.conversation.name]?.isStored == true
    else { return }
    conversations[log.conversation.name]?.log = nil
    forgetIfUnused(log.conversation)
  }
}

extension ChatError {
  static func conversationsPerLoop(_ limits: Limits) -> ChatError {
    .limit(
      "conversations_per_loop",
      "conversations_per_loop is \(limits.conversationsPerLoop): too many are in use; retry in a minute",
      retryAfter: limits.windowIdleTime)
  }

  package static func unavailable(_ error: StoreError, _ limits: Limits) -> ChatError {
    ChatError(
      .unavailable,
      "the store cannot do this now (\(error.code.rawValue)): retry with the same client_message_id",
      retryAfter: limits.unavailableRetryAfter)
  }
}
