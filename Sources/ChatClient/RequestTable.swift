import ChatCore

/// Requests other than publishes that wait for an answer.
///
/// Each of them may be sent twice without harm, so all are sent again after a lost connection, in their order, until
/// their time is up.
struct RequestTable<Waiter> {
  private struct Entry {
    let id: UInt64
    let body: ClientFrame.Body
    let deadline: UInt64
    let waiter: Waiter
    /// When to send it; nil while it is sent.
    var sendAt: UInt64?
  }

  /// The most requests that wait for an answer.
  let limit: Int
  /// By id, and so in the order they came in. Few.
  private var entries: [Entry] = []

  init(limit: Int) { self.limit = max(1, limit) }

  var isEmpty: Bool { entries.isEmpty }
  var isFull: Bool { entries.count >= limit }

  /// When ``expired(at:)`` or ``next(at:)`` has something new; nil: never.
  func deadline(isConnected: Bool) -> UInt64? {
    var earliest = entries.first?.deadline
    guard isConnected else { return earliest }
    for entry in entries {
      if let sendAt = entry.sendAt { earliest = min(earliest ?? sendAt, sendAt) }
    }
    return earliest
  }

  mutating func append(_ id: UInt64, _ body: ClientFrame.Body, deadline: UInt64, waiter: Waiter) {
    entries.append(Entry(id: id, body: body, deadline: deadline, waiter: waiter, sendAt: 0))
  }

  /// The next one to send now.
  mutating func next(at now: UInt64) -> (id: UInt64, body: ClientFrame.Body)? {
    guard let index = entries.firstIndex(where: { $0.sendAt.map { $0 <= now } ?? false }) else { return nil }
    entries[index].sendAt = nil
    return (entries[index].id, entries[index].body)
  }

  /// It is decided. nil if nobody waits for this id.
  mutating func answered(_ id: UInt64) -> (waiter: Waiter, body: ClientFrame.Body)? {
    guard let index = entries.firstIndex(where: { $0.id == id }) else { return nil }
    let entry = entries.remove(at: index)
    return (entry.waiter, entry.body)
  }

  /// The broker refused it for now: it is sent again after `delay`.
  ///
  /// - Returns: whether the id is one of these.
  mutating func postpone(_ id: UInt64, by delay: UInt64, at now: UInt64) -> Bool {
    guard let index = entries.firstIndex(where: { $0.id == id }) else { return false }
    entries[index].sendAt = now.adding(delay)
    return true
  }

  /// What was sent and not answered has to be sent again.
  mutating func connectionLost() {
    for index in entries.indices { entries[index].sendAt = 0 }
  }

  /// Those whose time is up.
  mutating func expired(at now: UInt64) -> [Waiter] {
    // All have the same time-out, so the oldest ones end first.
    let count = entries.prefix { $0.deadline <= now }.count
    defer { entries.removeFirst(count) }
    return entries.prefix(count).map(\.waiter)
  }

  /// Gives up on all.
  mutating func removeAll() -> [Waiter] {
    defer { entries.removeAll() }
    return entries.map(\.waiter)
  }
}
