// How far members are, and who is typing: told to the others of a conversation, by way of its owner.
extension Router {
  mutating func acknowledge(
    _ positions: [Position], session: Session, user: UserID
  ) throws(ChatError) {
    try moveMarks(positions, field: "Acknowledge.positions", session: session, user: user) {
      $0.delivered = $1
    }
  }

  mutating func markRead(
    _ positions: [Position], session: Session, user: UserID
  ) throws(ChatError) {
    try moveMarks(positions, field: "MarkRead.positions", session: session, user: user) {
      // Who has read it has received it.
      $0.delivered = max($0.delivered, $1)
      $0.read = $1
    }
  }

  /// Remembers marks until they are written; see ``writeMarks()``.
  private mutating func moveMarks(
    _ positions: [Position], field: String, session: Session, user: UserID,
    _ move: (inout Marks, UInt64) -> Void
  ) throws(ChatError) {
    try checkPositions(positions, field: field)
    for position in positions {
      let conversation = try Address(position.conversation).conversation(from: user)
      guard conversation.kind != .broadcast, let cursor = session.cursors[conversation] else { continue }
      // The same sequence of another log is another message.
      guard position.epoch == 0 || position.epoch == cursor.replica.epoch else { continue }
      // A receipt tells the truth: nothing counts as delivered that was not sent.
      let sequence = min(position.sequence, cursor.next &- 1)
      let key = MarkKey(conversation: conversation, user: user)
      var marks = self.marks[key] ?? Marks(conversation: conversation.name, user: user.name)
      let before = marks
      move(&marks, sequence)
      marks.delivered = max(marks.delivered, before.delivered)
      marks.read = max(marks.read, before.read)
      if marks.delivered > 0 { self.marks[key] = marks }
    }
  }

  mutating func writeMarks() {
    guard !marks.isEmpty else { return }
    // In an order that does not depend on hashes, so that a simulation repeats itself.
    let moved = marks.map { key, marks in
      Mark(conversation: key.conversation, user: key.user, delivered: marks.delivered, read: marks.read)
    }.sorted { ($0.conversation.name, $0.user) < ($1.conversation.name, $1.user) }
    marks.removeAll(keepingCapacity: true)
    write(.mark(moved), .marks)
  }

  /// The marks are stored: the members hear of those that moved.
  mutating func marksWritten(_ moved: [Mark]) {
    for mark in moved {
      var marks = Marks(conversation: mark.conversation.name, user: mark.user.name)
      marks.delivered = mark.delivered
      marks.read = mark.read
      send(.event(.marks(marks), in: mark.conversation, from: mark.user), to: owner(of: mark.conversation))
    }
  }

  mutating func typing(_ name: String, session: Session, user: UserID) throws(ChatError) {
    let conversation = try Address(name).conversation(from: user)
    guard conversation.kind != .broadcast else {
      throw ChatError(.invalidArgument, "\(conversation) is a broadcast, where nobody is told who is typing")
    }
    try checkAccess(to: conversation, for: .publish, session: session, user: user)
    // A client may say it as often as it likes; others hear of it no more than once in a while.
    guard session.typingToldAt.map({ now.uptime &- $0 >= limits.typingInterval }) ?? true else { return }
    session.typingToldAt = now.uptime
    let event = ServerFrame.Event.typing(conversation: conversation.name, user: user.name)
    send(.event(event, in: conversation, from: user), to: owner(of: conversation))
  }

  /// On the owner: passes an event on to the loops with followers. It is lost where a conversation has too
  /// many members for it to be worth its cost.
  mutating func spread(_ event: ServerFrame.Event, in conversation: ConversationID, from user: UserID) {
    guard let log = conversations[conversation.name]?.log, log.log.members <= limits.eventMembers else {
      return
    }
    for loop in log.followers.indices where log.followers[loop] > 0 {
      send(.eventForFollowers(event, in: conversation, from: user), to: loop)
    }
  }

  /// On each loop: tells the sessions of the members, of marks also the user's own, because another device may
  /// have moved them. A session that takes nothing now goes without.
  mutating func tellFollowers(_ event: ServerFrame.Event, in conversation: ConversationID, from user: UserID)
  {
    guard let replica = conversations[conversation.name]?.replica else { return }
    if case .typing = event { tell(event, to: replica, except: user) } else { tell(event, to: replica) }
  }

  mutating func tell(_ event: ServerFrame.Event, to replica: Replica, except user: UserID? = nil) {
    for id in replica.tail.sessions {
      guard let session = sessions[id], session.state == .open, sessions.outlets[session.slot].isWritable,
        user == nil || session.user != user
      else { continue }
      reply(to: session, 0, .event(event))
    }
  }
}
