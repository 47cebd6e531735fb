/// How many connections listeners may accept, so that descriptors are left for the process itself.
///
/// A listener is granted a number before it accepts: several accept at the same time, and each some in a row. While there is
/// plenty it is many, near the end one.
struct AcceptBudget {
  struct Grant: Hashable {
    /// 0: none, until a connection is closed.
    var count: Int
    /// Listeners that should ask again: they hold more than they need, or there is something for them now.
    var others: [Listener]
  }

  /// Connections accepted in a row, before sessions get their turn.
  static let mostInARow = 64
  /// With less than this much room a listener is granted one.
  static let plenty = 4 * mostInARow

  /// Connections that clients may have, with those that are told or closed at once.
  private let clients: Int
  /// Connections in all.
  private let all: Int
  private var open: [Listener: Int] = [:]
  private var granted: [Listener: Int] = [:]
  private var resting: Set<Listener> = []

  init(clients: Int, all: Int) {
    self.clients = clients
    self.all = all
  }

  /// A listener gives back what it has not used, and gets anew.
  mutating func grant(to listener: Listener) -> Grant {
    let unused = granted.removeValue(forKey: listener) ?? 0
    let room = room(for: listener)
    let count = min(room < Self.plenty ? 1 : Self.mostInARow, max(0, room))
    granted[listener] = count
    if count == 0 { resting.insert(listener) } else { resting.remove(listener) }
    var others = room < Self.plenty ? granted.filter { $0.value > 1 && $0.key != listener }.map(\.key) : []
    if unused > count { others += takeResting().filter { $0 != listener } }
    return Grant(count: count, others: others)
  }

  /// A connection has come.
  mutating func accepted(by listener: Listener) {
    open[listener, default: 0] += 1
    granted[listener] = max(0, (granted[listener] ?? 0) - 1)
  }

  /// A connection has ended, and its descriptor is free.
  ///
  /// - Returns: listeners that should ask again.
  mutating func closed(by listener: Listener) -> [Listener] {
    open[listener, default: 0] -= 1
    return takeResting()
  }

  /// Below 0 if more are open than there should be.
  private func room(for listener: Listener) -> Int {
    let inAll = all - open.values.reduce(0, +) - granted.values.reduce(0, +)
    guard listener != .admin else { return inAll }
    let ofClients = [Listener.tcp, .http].reduce(0) { $0 + (open[$1] ?? 0) + (granted[$1] ?? 0) }
    return min(inAll, clients - ofClients)
  }

  private mutating func takeResting() -> [Listener] {
    defer { resting.removeAll() }
    return Array(resting)
  }
}
