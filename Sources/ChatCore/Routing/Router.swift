/// Everything that one event loop knows of sessions and conversations.
///
/// A router does no I/O and reads no clock. Its driver
///
/// - tells it what happened: ``accept(at:)``, ``receive(_:from:at:)``, ``writable(_:at:)``, ``closed(_:at:)``,
///   ``deliver(_:at:)`` (from other loops), ``written(_:_:at:)`` and ``answered(_:_:at:)`` (from the store),
///   ``advance(to:)`` (time);
/// - at the end of each batch of events calls ``settle()``, carries out the actions that it returns, and
///   calls ``flush(_:)``, which hands bytes to sockets.
///
/// All loops of a node run the same code; a conversation's owner is found by its name (``owner(of:)``).
package struct Router: ~Copyable {
  let loop: Int
  let loops: Int
  let node: String
  let limits: Limits
  var now: Moment
  var codec: FrameCodec
  package internal(set) var counters = RouterCounters()

  // Sessions/
  var sessions = SessionTable()
  var users: [UserID: [SessionID]] = [:]
  var timers: TimerWheel
  var isDraining = false

  // Conversations with followers on this loop
  var replicas: [ConversationID: Replica] = [:]
  var windowBytes = 0
  /// Counts what owners were asked.
  var lastAttach: UInt64 = 0

  // Conversations that this loop owns
  var logs: [ConversationID: ConversationLog] = [:]
  var readyLogs: [ConversationLog] = []
  var publishBytesWaiting = 0

  // What happens at the end of the tick
  var openBatches: [ConversationID: OpenBatch] = [:]
  // In order of the first message, so that a run can be replayed exactly.
  var openOrder: [OpenBatch] = []
  var touched: [Replica] = []
  var flushQueue: [Session] = []
  var loopMessages: [[LoopMessage]]
  var actions: [RouterAction] = []

  // With the store
  var nextTicket: UInt64 = 1
  var pendingWrites: [WriteTicket: [PendingWrite]] = [:]
  var newWrites: [(write: StoreWrite, pending: PendingWrite)] = []
  var pendingReads: [ReadTicket: PendingRead] = [:]
  var marks: [MarkKey: UInt64] = [:]

  // Tried again after `storeRetryInterval`
  var retryingLogs: [ConversationLog] = []
  var retryingCursors: [Cursor] = []
  var lastMaintenance: UInt64
  var lastMarks: UInt64
  var lastRetry: UInt64

  /// - Parameters:
  ///   - loop: this loop's number, from 0.
  ///   - loops: how many there are.
  package init(loop: Int, loops: Int, node: String, limits: Limits, at now: Moment) {
    self.loop = loop
    self.loops = max(1, loops)
    self.node = node
    self.limits = limits
    self.now = now
    codec = FrameCodec(decodingBytes: limits.decodingBytes)
    timers = TimerWheel(now: now.uptime)
    loopMessages = Array(repeating: [], count: max(1, loops))
    lastMaintenance = now.uptime
    lastMarks = now.uptime
    lastRetry = now.uptime
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

  /// This loop, from 0.
  package var number: Int { loop }

  /// Sessions on this loop.
  package var sessionCount: Int { sessions.count }

  /// Nothing is with the store, and nothing waits to be.
  package var isQuiet: Bool {
    pendingWrites.isEmpty && newWrites.isEmpty && openBatches.isEmpty && readyLogs.isEmpty && marks.isEmpty
  }

  /// Finishes what the events since the last call have begun, and returns what there is to do.
  ///
  /// Cost: by what happened since, not by what exists.
  package mutating func settle() -> [RouterAction] {
    sealBatches()
    while !loopMessages[loop].isEmpty {
      var messages: [LoopMessage] = []
      swap(&messages, &loopMessages[loop])
      for message in messages { handle(message) }
    }
    submitReadyLogs()
    submitWrites()
    for other in loopMessages.indices where !loopMessages[other].isEmpty {
      actions.append(.send(loopMessages[other], toLoop: other))
      loopMessages[other].removeAll(keepingCapacity: true)
    }
    defer { actions.removeAll(keepingCapacity: true) }
    return actions
  }

  /// Takes what another loop has sent.
  package mutating func deliver(_ messages: [LoopMessage], at now: Moment) {
    self.now = now
    for message in messages { handle(message) }
  }

  private mutating func handle(_ message: LoopMessage) {
    switch message {
    case .publish(let batch): enqueue(batch)
    case .attach(let conversation, let user, let loop, let number):
      attach(conversation, user: user, loop: loop, number: number)
    case .locate(let conversation, let loop, let number): locate(conversation, loop: loop, number: number)
    case .detach(let conversation, let user, let loop): detach(conversation, user: user, loop: loop)
    case .changeMembership(let request): changeMembership(request)
    case .memberJoinedHandled(let conversation): releaseReceipts(of: conversation)
    case .attached(let conversation, let log, let number): attached(conversation, log: log, number: number)
    case .appended(let conversation, let log, let segments):
      appended(conversation, log: log, segments: segments)
    case .receipts(let receipts): deliver(receipts)
    case .memberJoined(let membership, let users, let answer):
      memberJoined(membership, users: users, answer: answer)
    case .memberLeft(let conversation, let user): memberLeft(conversation, user: user)
    case .membershipAnswer(let request, let result): answer(request, result)
    }
  }

  mutating func send(_ message: LoopMessage, to loop: Int) {
    loopMessages[loop].append(message)
  }

  mutating func sendToAllLoops(_ message: LoopMessage) {
    for loop in loopMessages.indices { loopMessages[loop].append(message) }
  }
}

struct MarkKey: Hashable {
  let conversation: ConversationID
  let user: UserID
}
