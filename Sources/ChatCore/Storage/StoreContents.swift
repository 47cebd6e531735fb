import DequeModule

/// All that a store holds, as a value: the model that every ``MessageStore`` must agree with.
///
/// Appending takes constant time for each message; a page takes time for what is on it.
public struct StoreContents: Sendable {
  /// The epoch of every log made here.
  public let epoch: UInt64
  private var places: [ConversationID: Int] = [:]
  // In the order in which they were made.
  private var logs: [StoredLog] = []
  private var conversationsOfUser: [UserID: Set<Int>] = [:]

  /// An empty store.
  ///
  /// - Parameter epoch: the identity of the logs that will be made; above 0.
  public init(epoch: UInt64) {
    self.epoch = epoch
  }

  /// Makes changes in order, and says what each did.
  public mutating func apply(_ writes: [StoreWrite]) -> [StoreOutcome] {
    writes.map { write in
      switch write {
      case .append(let conversation, let messages):
        .appended(append(messages, to: conversation))
      case .join(let conversation, let user, _):
        .membership(join(conversation, user))
      case .leave(let conversation, let user):
        .membership(leave(conversation, user))
      case .mark(let marks):
        mark(marks)
      }
    }
  }

  /// Answers a question.
  public func answer(_ query: StoreQuery) -> StoreAnswer {
    switch query {
    case .log(let conversation): .log(state(of: conversation))
    case .memberships(let user, let limit): .memberships(memberships(of: user, limit: limit))
    case .page(let page):
      .page(state(of: page.conversation), places[page.conversation].map { logs[$0].page(page) } ?? [])
    }
  }

  /// Forgets messages as retention does. Their client message ids stay known, so that a late retry is
  /// still told from a new message.
  public mutating func deleteMessages(in conversation: ConversationID, through sequence: UInt64) {
    guard let place = places[conversation] else { return }
    logs[place].deleteMessages(through: sequence)
  }

  // MARK: Changes

  private mutating func append(_ messages: [NewMessage], to conversation: ConversationID) -> AppendOutcome {
    let (place, created) = makeIfNew(conversation)
    let results = messages.map { logs[place].append($0) }
    let state = logs[place].state
    return AppendOutcome(
      epoch: state.epoch, lastSequence: state.lastSequence, members: state.members, places: results,
      created: created)
  }

  private mutating func join(_ conversation: ConversationID, _ user: UserID) -> MembershipOutcome {
    let (place, _) = makeIfNew(conversation)
    // A broadcast has no members: it is open to all.
    let changed = conversation.kind != .broadcast && logs[place].delivered[user] == nil
    if changed { add(user, to: place, delivered: logs[place].lastSequence) }
    return MembershipOutcome(changed: changed, membership: membership(place, user))
  }

  private mutating func leave(_ conversation: ConversationID, _ user: UserID) -> MembershipOutcome {
    guard let place = places[conversation] else {
      let membership = Membership(conversation: conversation, log: state(of: conversation), delivered: 0)
      return MembershipOutcome(changed: false, membership: membership)
    }
    let changed = logs[place].delivered.removeValue(forKey: user) != nil
    if changed { conversationsOfUser[user]?.remove(place) }
    return MembershipOutcome(changed: changed, membership: membership(place, user))
  }

  private mutating func mark(_ marks: [DeliveredMark]) -> StoreOutcome {
    for mark in marks {
      guard let place = places[mark.conversation], let old = logs[place].delivered[mark.user] else {
        continue
      }
      logs[place].delivered[mark.user] = max(old, min(mark.sequence, logs[place].lastSequence))
    }
    return .marked
  }

  private mutating func makeIfNew(_ conversation: ConversationID) -> (place: Int, created: Bool) {
    if let place = places[conversation] { return (place, false) }
    let place = logs.count
    logs.append(StoredLog(conversation: conversation, epoch: epoch))
    places[conversation] = place
    for user in conversation.directUsers { add(user, to: place, delivered: 0) }
    return (place, true)
  }

  private mutating func add(_ user: UserID, to place: Int, delivered: UInt64) {
    logs[place].delivered[user] = delivered
    conversationsOfUser[user, default: []].insert(place)
  }

  // MARK: Answers

  private func state(of conversation: ConversationID) -> LogState {
    places[conversation].map { logs[$0].state }
      ?? LogState(epoch: epoch, firstSequence: 0, lastSequence: 0, members: 0)
  }

  private func membership(_ place: Int, _ user: UserID) -> Membership {
    let log = logs[place]
    return Membership(
      conversation: log.conversation, log: log.state, delivered: log.delivered[user] ?? 0)
  }

  private func memberships(of user: UserID, limit: Int) -> [Membership] {
    // Of logs that were written to at the same time, the one made last counts as newer.
    let oldestFirst = (conversationsOfUser[user] ?? []).sorted {
      (logs[$0].lastTime, $0) < (logs[$1].lastTime, $1)
    }
    return oldestFirst.suffix(max(0, limit)).map { membership($0, user) }
  }
}

/// One log of a ``StoreContents``.
private struct StoredLog {
  let conversation: ConversationID
  let epoch: UInt64
  var delivered: [UserID: UInt64] = [:]
  private(set) var lastSequence: UInt64 = 0
  /// Time of the last message; 0: none.
  private(set) var lastTime: Int64 = 0
  private var messages: Deque<Message> = []
  private var known: [MessageKey: (sequence: UInt64, time: Int64)] = [:]

  init(conversation: ConversationID, epoch: UInt64) {
    self.conversation = conversation
    self.epoch = epoch
  }

  /// The sequence of `messages[0]`, if there is one.
  private var firstSequence: UInt64 { lastSequence - UInt64(messages.count) + 1 }

  var state: LogState {
    LogState(
      epoch: epoch, firstSequence: lastSequence == 0 ? 0 : firstSequence, lastSequence: lastSequence,
      members: UInt32(clamping: delivered.count))
  }

  mutating func append(_ new: NewMessage) -> AppendOutcome.Place {
    let key = MessageKey(sender: new.sender, id: new.clientMessageID)
    if let original = known[key] {
      return .duplicate(sequence: original.sequence, time: original.time)
    }
    lastSequence += 1
    lastTime = new.time
    var message = Message()
    message.sequence = lastSequence
    message.time = new.time
    message.conversation = conversation.name
    message.sender = new.sender.name
    message.contentType = new.contentType
    message.body = new.body
    message.traceparent = new.traceparent
    messages.append(message)
    if !new.clientMessageID.isEmpty { known[key] = (lastSequence, new.time) }
    return .stored(sequence: lastSequence)
  }

  mutating func deleteMessages(through sequence: UInt64) {
    guard sequence >= firstSequence else { return }
    messages.removeFirst(Int(clamping: min(sequence, lastSequence) - firstSequence + 1))
  }

  func page(_ query: PageQuery) -> [Message] {
    let most = max(0, query.messages)
    switch query.bound {
    case .after(let sequence):
      guard sequence < lastSequence else { return [] }
      let start = sequence < firstSequence ? 0 : Int(clamping: sequence - firstSequence + 1)
      return Self.cut(messages[start...].prefix(most), bytes: query.bytes)
    case .before(let sequence):
      guard sequence > firstSequence else { return [] }
      let end = Int(clamping: min(sequence - firstSequence, UInt64(messages.count)))
      return Self.cut(messages[..<end].suffix(most).reversed(), bytes: query.bytes).reversed()
    }
  }

  /// The first message, and those after it until the bodies pass the limit.
  private static func cut(_ messages: some Sequence<Message>, bytes: Int) -> [Message] {
    var page: [Message] = []
    var size = 0
    for message in messages {
      size += message.body.count
      if size > bytes && !page.isEmpty { break }
      page.append(message)
    }
    return page
  }
}

/// Compares by bytes, as databases do: for a `String`, differently composed characters are equal.
private struct MessageKey: Hashable {
  let sender: UserID
  let id: String

  static func == (left: MessageKey, right: MessageKey) -> Bool {
    left.sender == right.sender && left.id.utf8.elementsEqual(right.id.utf8)
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(sender)
    for byte in id.utf8 { hasher.combine(byte) }
  }
}
