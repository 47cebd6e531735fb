/// All that a store holds, as a value: the model that every ``MessageStore`` must agree with.
///
/// Appending takes constant time for each message; a page takes time for what is on it, a list for all that it is
/// taken from.
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
      case .join(let conversation, let user, let time):
        .membership(join(conversation, user, time))
      case .leave(let conversation, let user):
        .membership(leave(conversation, user))
      case .probe: .probed
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
      .page(
        LogPage(
          log: state(of: page.conversation),
          segment: places[page.conversation].flatMap { logs[$0].page(page) }
        ))
    case .conversation(let conversation): .conversation(places[conversation].map { stored(logs[$0]) })
    case .conversations(let after, let limit): .conversations(conversations(after: after, limit: limit))
    case .members(let conversation, let after, let limit):
      .members(places[conversation].map { logs[$0].members(after: after, limit: limit) })
    case .space: .space(StoreSpace(freeBytes: nil))
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
      created: created, outsiders: outsiders(among: messages, at: place))
  }

  private func outsiders(among messages: [NewMessage], at place: Int) -> Set<UserID> {
    guard logs[place].conversation.kind == .group else { return [] }
    return Set(
      messages.lazy.filter { $0.mayBeFromOutside && logs[place].members[$0.sender] == nil }.map(\.sender))
  }

  private mutating func join(
    _ conversation: ConversationID, _ user: UserID, _ time: Int64
  ) -> MembershipOutcome {
    let (place, _) = makeIfNew(conversation)
    // A broadcast has no members: it is open to all.
    let changed = conversation.kind != .broadcast && logs[place].members[user] == nil
    if changed {
      let end = logs[place].lastSequence
      add(StoredMember(user: user, delivered: end, read: end, joined: time), to: place)
    }
    return MembershipOutcome(changed: changed, membership: membership(place, user))
  }

  private mutating func leave(_ conversation: ConversationID, _ user: UserID) -> MembershipOutcome {
    guard let place = places[conversation] else {
      let membership = Membership(conversation: conversation, log: state(of: conversation), delivered: 0)
      return MembershipOutcome(changed: false, membership: membership)
    }
    let changed = logs[place].members.removeValue(forKey: user) != nil
    if changed { conversationsOfUser[user]?.remove(place) }
    return MembershipOutcome(changed: changed, membership: membership(place, user))
  }

  private mutating func mark(_ marks: [Mark]) -> StoreOutcome {
    .marked(
      marks.compactMap { mark in places[mark.conversation].flatMap { logs[$0].move(mark) } })
  }

  private mutating func makeIfNew(_ conversation: ConversationID) -> (place: Int, created: Bool) {
    if let place = places[conversation] { return (place, false) }
    let place = logs.count
    logs.append(StoredLog(conversation: conversation, epoch: epoch))
    places[conversation] = place
    for user in conversation.directUsers {
      add(StoredMember(user: user, delivered: 0, read: 0, joined: 0), to: place)
    }
    return (place, true)
  }

  private mutating func add(_ member: StoredMember, to place: Int) {
    logs[place].members[member.user] = member
    conversationsOfUser[member.user, default: []].insert(place)
  }

  // MARK: Answers

  private func state(of conversation: ConversationID) -> LogState {
    places[conversation].map { logs[$0].state }
      ?? LogState(epoch: epoch, firstSequence: 0, lastSequence: 0, members: 0)
  }

  private func membership(_ place: Int, _ user: UserID) -> Membership {
    let log = logs[place]
    let member = log.members[user]
    let peer = log.conversation.peer(of: user).flatMap { log.members[$0] }
    return Membership(
      conversation: log.conversation, log: log.state, delivered: member?.delivered ?? 0,
      read: member?.read ?? 0, peer: peer.map { Membership.Peer(delivered: $0.delivered, read: $0.read) })
  }

  private func memberships(of user: UserID, limit: Int) -> [Membership] {
    // Of logs that were written to at the same time, the one made last counts as newer.
    let oldestFirst = (conversationsOfUser[user] ?? []).sorted {
      (logs[$0].lastTime, $0) < (logs[$1].lastTime, $1)
    }
    return oldestFirst.suffix(max(0, limit)).map { membership($0, user) }
  }

  private func conversations(after name: String?, limit: Int) -> [StoredConversation] {
    let found = logs.filter { name.map($0.conversation.name.isBehind) ?? true }
    let sorted = found.sorted { $1.conversation.name.isBehind($0.conversation.name) }
    return sorted.prefix(max(0, limit)).map(stored)
  }

  private func stored(_ log: StoredLog) -> StoredConversation {
    StoredConversation(conversation: log.conversation, log: log.state)
  }
}
