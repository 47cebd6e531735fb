import ChatCore
import NIOCore

/// Publishes on their way, in order, of which a bounded number is sent and not answered.
///
/// After a lost connection, all that are not answered are sent again, with the same ids and in the same order,
/// before any newer one. The broker recognises those that it has stored already.
struct PublishWindow<Waiter> {
  private struct Entry {
    let id: UInt64
    let publish: ClientFrame.Publish
    let deadline: UInt64
    /// nil once it was answered.
    var waiter: Waiter?
    var isSent = false
    var wasSent = false
  }

  /// The most publishes sent and not answered.
  let inFlightLimit: Int
  /// The most publishes that wait to be sent.
  let waitingLimit: Int
  /// Sent and not answered.
  private(set) var inFlight = 0
  /// Not answered.
  private(set) var count = 0
  /// By id, and so in the order they came in.
  private var entries = CircularBuffer<Entry>()
  /// Entries in front of this one are sent or answered.
  private var cursor = 0
  /// Nothing is sent before this time and before everything sent is answered, because the broker refused one for now.
  private var holdUntil: UInt64?

  init(inFlightLimit: Int, waitingLimit: Int) {
    self.inFlightLimit = max(1, inFlightLimit)
    self.waitingLimit = max(0, waitingLimit)
  }

  var isEmpty: Bool { count == 0 }

  /// There is no room for another one.
  var isFull: Bool { entries.count - inFlight >= waitingLimit + (inFlight < inFlightLimit ? 1 : 0) }

  /// When ``expired(at:)`` or ``next(at:)`` has something new; nil: never.
  func deadline(isConnected: Bool) -> UInt64? {
    // All have the same time-out, so the oldest one ends first.
    guard let expires = entries.first?.deadline else { return nil }
    guard isConnected, inFlight == 0, let holdUntil else { return expires }
    return min(expires, holdUntil)
  }

  /// - Parameter id: larger than all before.
  mutating func append(_ id: UInt64, _ publish: ClientFrame.Publish, deadline: UInt64, waiter: Waiter) {
    entries.append(Entry(id: id, publish: publish, deadline: deadline, waiter: waiter))
    count += 1
  }

  /// The next one to send now.
  mutating func next(at now: UInt64) -> (id: UInt64, publish: ClientFrame.Publish)? {
    if let hold = holdUntil {
      guard inFlight == 0, now >= hold else { return nil }
      holdUntil = nil
      cursor = 0
    }
    while inFlight < inFlightLimit, cursor < entries.count {
      let index = entries.index(entries.startIndex, offsetBy: cursor)
      cursor += 1
      guard entries[index].waiter != nil, !entries[index].isSent else { continue }
      entries[index].isSent = true
      entries[index].wasSent = true
      inFlight += 1
      return (entries[index].id, entries[index].publish)
    }
    return nil
  }

  /// It is decided. nil if nobody waits for this id.
  mutating func answered(_ id: UInt64) -> Waiter? {
    guard let index = index(of: id) else { return nil }
    return remove(at: index)
  }

  /// The broker refused it for now: all that are not answered then are sent again after `delay`.
  ///
  /// - Returns: whether the id is one of these.
  mutating func postpone(_ id: UInt64, by delay: UInt64, at now: UInt64) -> Bool {
    guard let index = index(of: id), entries[index].waiter != nil else { return false }
    if entries[index].isSent {
      entries[index].isSent = false
      inFlight -= 1
    }
    holdUntil = max(holdUntil ?? 0, now.adding(delay))
    return true
  }

  /// What was sent and not answered has to be sent again.
  mutating func connectionLost() {
    for index in entries.indices { entries[index].isSent = false }
    (inFlight, cursor, holdUntil) = (0, 0, nil)
  }

  /// Those whose time is up, with whether they were ever sent.
  mutating func expired(at now: UInt64) -> [(waiter: Waiter, wasSent: Bool)] {
    var expired: [(Waiter, Bool)] = []
    while let first = entries.first, first.deadline <= now {
      let wasSent = first.wasSent
      if let waiter = remove(at: entries.startIndex) { expired.append((waiter, wasSent)) } else { trim() }
    }
    return expired
  }

  /// Gives up on all.
  mutating func removeAll() -> [Waiter] {
    let waiters = entries.compactMap(\.waiter)
    entries.removeAll()
    (inFlight, count, cursor, holdUntil) = (0, 0, 0, nil)
    return waiters
  }

  private mutating func remove(at index: CircularBuffer<Entry>.Index) -> Waiter? {
    guard let waiter = entries[index].waiter else { return nil }
    entries[index].waiter = nil
    if entries[index].isSent { inFlight -= 1 }
    count -= 1
    trim()
    return waiter
  }

  private mutating func trim() {
    while let first = entries.first, first.waiter == nil {
      entries.removeFirst()
      cursor = max(0, cursor - 1)
    }
  }

  private func index(of id: UInt64) -> CircularBuffer<Entry>.Index? {
    var range = 0..<entries.count
    while !range.isEmpty {
      let middle = range.lowerBound + range.count / 2
      let index = entries.index(entries.startIndex, offsetBy: middle)
      if entries[index].id == id { return index }
      range = entries[index].id < id ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
    }
    return nil
  }
}
