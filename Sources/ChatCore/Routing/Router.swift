import DequeModule

/// Everything that one event loop knows of sessions and conversations.
///
/// A router does no I/O and reads no clock. Its driver
///
/// - tells it what happened: ``accept(_:at:)``, ``receive(_:from:at:)``, ``writable(_:at:)``, ``closed(_:at:)``,
///   ``deliver(_:at:)`` (from other loops), ``written(_:_:at:)`` and ``answered(_:_:at:)`` (from the store),
///   ``authenticated(_:_:at:)`` (from what looks at tokens), ``advance(to:)`` (time);
/// - at the end of each batch of events calls ``settle()``, carries out the actions that it returns, and
///   calls ``flush(at:_:)``, which hands bytes to sockets;
/// - if ``isGathering`` is true then, calls ``flushed(at:)``;
/// - if ``keepsAppendsBack`` is true after all, calls ``gatherTimeIsOver()`` a moment later, and ``settle()`` again.
///
/// All loops of a node run the same code; a conversation's owner is found by its name (``owner(of:)``).
package struct Router: ~Copyable {
  let loop: Int
  let loops: Int
  let node: String
  /// What holds now; ``apply(_:)`` changes it.
  package private(set) var limits: Limits
  /// For sessions that begin now.
  private(set) var sessionLimits: SessionLimits
  let retention: RetentionRules
  /// Sessions need a token.
  let wantsTokens: Bool
  var now: Moment
  var codec: FrameCodec
  package internal(set) var counters = RouterCounters()
  package internal(set) var sessionCounters = SessionCounters()
  package internal(set) var latencies = PublishLatencies()

  // Sessions/
  var sessions = SessionTable()
  /// Those that are open, neither connecting nor closing.
  var openSessions = 0
  var users: [UserID: [SessionID]] = [:]
  var timers: TimerWheel
  package internal(set) var isDraining = false
  /// Set by the driver: new sessions are refused.
  package var isShortOfMemory = false
  let service: Session
  /// By the names of limits.
  package internal(set) var limitsHit: [String: UInt64] = [:]

  // Authentication and rates
  var tokenTimers: TimerWheel
  var pendingAuthentications: [AuthenticationTicket: PendingAuthentication] = [:]
  package internal(set) var authenticationFailures: [AuthenticationFailure.Reason: UInt64] = [:]
  /// Of those who have published lately.
  var userRates: [UserID: PublishRate] = [:]
  /// What users have published in this tick, for the other loops.
  var spent: [UserID: UInt64] = [:]
  var lastRateSweep: UInt64

  var conversations = ConversationTable()

  // Conversations with followers on this loop
  /// Bytes of messages in their windows.
  package internal(set) var windowBytes = 0
  /// Counts what owners were asked.
  var lastAttach: UInt64 = 0
  /// Who asked with Subscribe, by these numbers, until the answer is here.
  var attaches: [UInt64: SessionID] = [:]

  // Conversations that this loop owns
  /// Given to the next log that is not stored.
  var nextEpoch: UInt64
  /// Something waits in the logs of these that can go to the store, or could.
  var ready: [Conversation] = []
  var publishBytesWaiting = 0

  // Tracing/
  var sampler: TraceSampler
  /// Appended to windows of this loop, and not handed to sockets yet.
  var tracesToFlush: [(traces: [PublishTrace], since: UInt64, sessions: Int)] = []

  // What happens at the end of the tick
  /// Counts calls of ``settle()``.
  var turn: UInt64 = 0
  /// Those that something was published to, in order of the first message.
  var published: [Conversation] = []
  /// Empty, for the next ones.
  var spareBatches: [PublishBatch] = []
  var touched: [Replica] = []
  /// Those whose windows got messages as JSON, and so may be too large.
  var grown: [Replica] = []
  var flushQueue: [Session] = []
  let pieceMemory = PieceMemory()
  var flushNumber: UInt32 = 0
  var fallen: [(index: Int, bytes: Int)] = []
  /// Of the session that is flushed now: the session is told after the flush, which reads its outbox.
  var lostCursors: [Cursor] = []
  /// For other loops, by loop.
  var loopMessages: [[LoopMessage]]
  /// For this one.
  var ownMessages: Deque<LoopMessage> = []
  var actions: [RouterAction] = []

  // With the store
  var nextTicket: UInt64 = 1
  var pendingWrites: [WriteTicket: [PendingWrite]] = [:]
  /// What is written in this tick, and what becomes of each.
  var newWrites: [StoreWrite] = []
  var newPending: [PendingWrite] = []
  var groupCommit = GroupCommit()
  var pendingReads: [ReadTicket: PendingRead] = [:]
  var newReads: [StoreRead] = []
  var marks: [MarkKey: Marks] = [:]

  // Tried again after `storeRetryInterval`
  var retryingLogs: [ConversationLog] = []
  var retryingCursors: [Cursor] = []
  var lastMaintenance: UInt64
  var lastMarks: UInt64
  var lastRetry: UInt64

  /// - Parameters:
  ///   - loop: this loop's number, from 0.
  ///   - loops: how many there are.
  ///   - wantsTokens: whether sessions need a token; the driver looks at it.
  ///   - epoch: not used by a router before, from 1; logs that are not stored count up from there.
  ///   - sampler: which publishes are traced.
  package init(
    loop: Int, loops: Int, node: String, limits: Limits, retention: RetentionRules = RetentionRules(),
    wantsTokens: Bool = false, epoch: UInt64 = 1, sampler: TraceSampler = .off, at now: Moment
  ) {
    self.loop = loop
    self.loops = max(1, loops)
    self.node = node
    self.limits = limits
    let sessionLimits = SessionLimits(limits)
    self.sessionLimits = sessionLimits
    service = Session.service(sessionLimits)
    self.retention = retention
    self.wantsTokens = wantsTokens
    nextEpoch = max(1, epoch)
    self.sampler = sampler
    self.now = now
    codec = FrameCodec(decodingBytes: limits.decodingBytes)
    timers = TimerWheel(now: now.uptime)
    tokenTimers = TimerWheel(now: now.uptime)
    lastRateSweep = now.uptime
    loopMessages = Array(repeating: [], count: max(1, loops))
    lastMaintenance = now.uptime
    lastMarks = now.uptime
    lastRetry = now.uptime
  }

  /// Takes other limits. They hold at once, but those that sessions are told when they begin, ``SessionLimits``:
  /// these hold for sessions that begin from now on.
  package mutating func apply(_ limits: Limits) {
    // Nothing of the frame that was decoded last is used any more.
    if limits.decodingBytes != self.limits.decodingBytes {
      codec = FrameCodec(decodingBytes: limits.decodingBytes)
    }
    self.limits = limits
    sessionLimits = SessionLimits(limits)
    service.limits = sessionLimits
  }

  /// The loop that orders a conversation: FNV-1a of its name. O(length of the name).
  func owner(of conversation: ConversationID) -> Int {
    if loops == 1 { return 0 }
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for byte in conversation.name.utf8 {
      hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3
    }
    return Int(hash % UInt64(loops))
  }

  /// What this loop knows of a conversation; nothing yet for a new one.
  mutating func conversation(_ id: ConversationID) -> Conversation {
    if let known = conversations[id.name] { return known }
    let new = Conversation(id: id, owner: owner(of: id), isStored: retention.keeps(id))
    conversations.insert(new)
    return new
  }

  /// A session that is there, or that of the service.
  func session(_ id: SessionID) -> Session? { id == .service ? service : sessions[id] }

  /// This loop, from 0.
  package var number: Int { loop }

  /// Sessions on this loop.
  package var sessionCount: Int { sessions.count }

  /// Nothing is with the store, nothing waits to be, and what was published here has been decided by its owners.
  package var isQuiet: Bool {
    pendingWrites.isEmpty && newWrites.isEmpty && published.isEmpty && ready.isEmpty && marks.isEmpty
      && publishBytesWaiting == 0
  }

  /// Finishes what the events since the last call have begun, and returns what there is to do.
  ///
  /// Cost: by what happened since, not by what exists.
  package mutating func settle() -> [RouterAction] {
    turn &+= 1
    sealBatches()
    tellSpent()
    repeat {
      while let message = ownMessages.popFirst() { handle(message) }
      if !groupCommit.isGathering { submitReadyLogs() }
    } while !ownMessages.isEmpty
    submitWrites()
    submitReads()
    for other in loopMessages.indices where !loopMessages[other].isEmpty {
      var messages: [LoopMessage] = []
      swap(&messages, &loopMessages[other])
      actions.append(.send(messages, toLoop: other))
    }
    // Mostly there are none, and emptying a list that is returned would take memory for another.
    var settled: [RouterAction] = []
    swap(&settled, &actions)
    return settled
  }

  /// Appends would wait for what may come of answers: to be told when these are out.
  package var isGathering: Bool { groupCommit.isGathering }

  /// What the last flush offered is out.
  package mutating func flushed(at now: Moment) {
    self.now = now
    groupCommit.flushed(at: now.nanoseconds)
  }

  /// Appends do wait: ``gatherTimeIsOver()`` is to be called after ``GroupCommit/gatherTime``, and ``settle()``. Cost: by the
  /// conversations that were published to meanwhile.
  package var keepsAppendsBack: Bool { isGathering && ready.contains { $0.log?.isReady == true } }

  package mutating func gatherTimeIsOver() { groupCommit.pass() }

  /// Takes what another loop has sent.
  package mutating func deliver(_ messages: [LoopMessage], at now: Moment) {
    self.now = now
    for message in messages { handle(message) }
  }

  private mutating func handle(_ message: LoopMessage) {
    switch message {
    case .publish(let batch, let conversation): enqueue(batch, to: conversation)
    case .attach(let conversation, let user, let loop, let number):
      attach(conversation, user: user, loop: loop, number: number)
    case .locate(let conversation, let loop, let number): locate(conversation, loop: loop, number: number)
    case .detach(let conversation, let user, let loop): detach(conversation, user: user, loop: loop)
    case .changeMembership(let request): changeMembership(request)
    case .memberJoinedHandled(let conversation): releaseReceipts(of: conversation)
    case .attached(let conversation, let log, let number): attached(conversation, log: log, number: number)
    case .appended(let conversation, let log, let segments):
      if let replica = conversations[conversation.name]?.replica {
        appended(replica, log: log, segments: segments)
      }
    case .receipts(let receipts):
      for receipt in receipts { deliver(receipt) }
    case .memberJoined(let membership, let users, let answer):
      memberJoined(membership, users: users, answer: answer)
    case .memberLeft(let conversation, let user): memberLeft(conversation, user: user)
    case .memberCount(let conversation, let count): memberCountChanged(conversation, to: count)
    case .membershipAnswer(let request, let result): answer(request, result)
    case .event(let event, let conversation, let user): spread(event, in: conversation, from: user)
    case .eventForFollowers(let event, let conversation, let user):
      tellFollowers(event, in: conversation, from: user)
    case .spent(let counts): noteSpent(counts)
    }
  }

  mutating func send(_ message: LoopMessage, to loop: Int) {
    if loop == self.loop { ownMessages.append(message) } else { loopMessages[loop].append(message) }
  }

  /// What would be sent to this loop may be done at once: no message waits before it.
  func isNext(_ loop: Int) -> Bool { loop == self.loop && ownMessages.isEmpty }

  mutating func sendToAllLoops(_ message: LoopMessage) {
    for loop in loopMessages.indices { send(message, to: loop) }
  }
}

struct MarkKey: Hashable {
  let conversation: ConversationID
  let user: UserID
}
