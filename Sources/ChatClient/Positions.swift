import ChatCore

/// What the client has of each conversation that it follows, and what it has to ask for again.
struct Positions {
  /// The last message handed on.
  struct Place: Equatable {
    var epoch: UInt64
    var sequence: UInt64
    /// The log has become another one, of this epoch, and where it starts is not known: the next message or gap says
    /// it. Until then the place is one of the old log: should the connection end before, the broker is to tell it again.
    var nextEpoch: UInt64?
  }

  /// What to do with a message.
  enum Verdict: Equatable {
    case deliver(epoch: UInt64)
    /// The client has it.
    case duplicate
    /// Messages before it are missing: it is asked for again together with them.
    case jump
    /// There is no room: it is asked for again when there is.
    case noRoom
    /// The conversation is not followed.
    case unknown
  }

  /// A conversation is asked for again at most this often, in milliseconds.
  static let repairInterval: UInt64 = 1000

  /// By name of the conversation.
  private(set) var places: [String: Place] = [:]
  /// When to subscribe again from the last place; `.max`: when there is room.
  private var repairs: [String: UInt64] = [:]
  /// Messages and gaps that came too early, and tails that did not come.
  private(set) var jumps = 0

  init(_ positions: [Position] = []) {
    for position in positions {
      places[position.conversation] = Place(epoch: position.epoch, sequence: position.sequence)
    }
  }

  /// What to send in `Connect.resume`.
  var all: [Position] {
    places.map { Position(conversation: $0.key, epoch: $0.value.epoch, sequence: $0.value.sequence) }
  }

  // MARK: Messages and gaps

  mutating func receive(_ message: Message, hasRoom: Bool, at now: UInt64) -> Verdict {
    guard let index = places.index(forKey: message.conversation) else { return .unknown }
    let place = places.values[index]
    if place.nextEpoch == nil {
      guard message.sequence > place.sequence else { return .duplicate }
      guard message.sequence - 1 == place.sequence else {
        repair(message.conversation, at: now)
        return .jump
      }
    }
    guard hasRoom else {
      repairs[message.conversation] = .max
      return .noRoom
    }
    let epoch = place.nextEpoch ?? place.epoch
    places.values[index] = Place(epoch: epoch, sequence: message.sequence)
    if !repairs.isEmpty { repairs[message.conversation] = nil }
    return .deliver(epoch: epoch)
  }

  /// - Returns: the place behind the gap; nil if there is nothing to tell.
  mutating func receive(_ gap: Gap, at now: UInt64) -> Position? {
    guard let place = places[gap.conversation] else { return nil }
    var moved = Place(epoch: gap.epoch == 0 ? place.nextEpoch ?? place.epoch : gap.epoch, sequence: gap.to)
    switch gap.reason {
    case .epochChanged:
      moved.sequence = 0
    case .logTruncated:
      // What comes next takes the number of the first one that was lost.
      moved.sequence = gap.from > 0 ? gap.from - 1 : 0
    case .retention, .notKept, .notGranted, .unspecified:
      if place.nextEpoch == nil {
        guard gap.to > place.sequence else { return nil }
        guard gap.from <= place.sequence.adding(1) else {
          repair(gap.conversation, at: now)
          return nil
        }
      }
    }
    places[gap.conversation] = moved
    repairs[gap.conversation] = nil
    return Position(conversation: gap.conversation, epoch: moved.epoch, sequence: moved.sequence)
  }

  /// The broker says what it has sent. What did not come by the next repair is asked for.
  mutating func receive(tails: [Position], at now: UInt64) {
    for tail in tails {
      guard let place = places[tail.conversation], repairs[tail.conversation] == nil else { continue }
      let epoch = place.nextEpoch ?? place.epoch
      let isAnotherLog = tail.epoch != 0 && epoch != 0 && tail.epoch != epoch
      guard isAnotherLog || tail.sequence > (place.nextEpoch == nil ? place.sequence : 0) else { continue }
      jumps += 1
      repairs[tail.conversation] = now.adding(Self.repairInterval)
    }
  }

  // MARK: Following

  /// Delivery starts as `state` says, whatever was before.
  mutating func follow(_ state: ConversationState) -> Position {
    places[state.conversation] = Place(epoch: state.epoch, sequence: state.position)
    repairs[state.conversation] = nil
    return Position(conversation: state.conversation, epoch: state.epoch, sequence: state.position)
  }

  /// Delivery starts as `state` says, unless the client has a place in this log.
  ///
  /// - Returns: the place if it is new.
  mutating func meet(_ state: ConversationState) -> Position? {
    guard let place = places[state.conversation] else { return follow(state) }
    if place.epoch == 0 {
      places[state.conversation]?.epoch = state.epoch
    } else if state.epoch != 0 {
      // A gap follows that says it.
      places[state.conversation]?.nextEpoch = state.epoch == place.epoch ? nil : state.epoch
    }
    return nil
  }

  /// The place, if delivery starts elsewhere.
  func elsewhere(than state: ConversationState) -> Position? {
    guard let place = places[state.conversation] else { return nil }
    let isAnotherLog = place.epoch != 0 && state.epoch != 0 && place.epoch != state.epoch
    guard isAnotherLog || place.sequence != state.position else { return nil }
    return Position(conversation: state.conversation, epoch: place.epoch, sequence: place.sequence)
  }

  /// The conversation goes under its proper name, now that the user is known.
  mutating func rename(_ conversation: String, to name: String) {
    guard conversation != name, let place = places.removeValue(forKey: conversation) else { return }
    if places[name] == nil { places[name] = place }
  }

  /// - Returns: whether it was followed.
  mutating func forget(_ conversation: String) -> Bool {
    repairs[conversation] = nil
    return places.removeValue(forKey: conversation) != nil
  }

  // MARK: Repairs

  /// When ``dueRepairs(at:)`` has something.
  var deadline: UInt64? {
    guard let earliest = repairs.values.min(), earliest < .max else { return nil }
    return earliest
  }

  /// From where to subscribe again now.
  mutating func dueRepairs(at now: UInt64) -> [Position] {
    guard !repairs.isEmpty else { return [] }
    var due: [Position] = []
    for (conversation, time) in repairs where time <= now && time < .max {
      // Asked for again if nothing comes of it.
      repairs[conversation] = now.adding(Self.repairInterval)
      guard let place = places[conversation] else { continue }
      due.append(Position(conversation: conversation, epoch: place.epoch, sequence: place.sequence))
    }
    return due
  }

  /// The broker has refused for now to send from the place.
  mutating func repairLater(_ conversation: String, at time: UInt64) { repairs[conversation] = time }

  /// The broker sends from the place: only what does not come in order is asked for once more.
  mutating func repaired(_ conversation: String) {
    if repairs[conversation] != .max { repairs[conversation] = nil }
  }

  /// There is room again.
  mutating func roomCame(at now: UInt64) {
    for (conversation, time) in repairs where time == .max { repairs[conversation] = now }
  }

  /// On the new connection everything starts from the places.
  mutating func connectionLost() {
    repairs.removeAll()
  }

  private mutating func repair(_ conversation: String, at now: UInt64) {
    guard repairs[conversation] == nil else { return }
    jumps += 1
    repairs[conversation] = now
  }
}
