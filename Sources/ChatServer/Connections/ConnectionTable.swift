import ChatCore

/// Which connections are open, and whether one more may be.
///
/// Those of operators are counted apart, so that clients cannot shut them out.
struct ConnectionTable {
  /// What a connection is at present.
  enum Use: Hashable {
    case tcp
    /// Until it ends or becomes a WebSocket.
    case http
    case webSocket
    case admin
    /// It is told that there are too many, and closes.
    case refused
  }

  /// How many connections there may be.
  struct Limits {
    /// Of all clients; 0: no limit.
    var connections = 0
    /// Of one client, on all listeners for clients; 0: no limit.
    var connectionsPerAddress = 0
    /// On the listener for browsers, without WebSockets.
    var http = HTTPLimits().connections
    /// On the listener for operators.
    var admin = HTTPLimits().connections
    /// Connections that are told why they are closed, at a time; others are closed without a word.
    var refused = 1_024
    /// What a client that is refused is told to wait, in milliseconds.
    var retryAfter: UInt64 = 1_000
  }

  /// As ``Limits/refused``, of those for whom there is no descriptor.
  private static let toldWithoutDescriptors = 4

  /// A connection that is counted.
  struct Place: Hashable {
    fileprivate(set) var use: Use
    fileprivate let address: ClientAddress?
  }

  enum Outcome: Hashable {
    /// ``ConnectionTable/leave(_:)`` has to follow.
    case admitted(Place)
    /// To be told, then closed; ``ConnectionTable/leave(_:)`` has to follow.
    case refused(Place, ConnectionLimit)
    /// To be closed at once.
    case dropped
  }

  var limits: Limits
  /// Descriptors that the connections of clients may take; nil: not known.
  var descriptors: Int?
  private var open: [Use: Int] = [:]
  /// Has those with a connection, and only while there is a limit.
  private var byAddress: [ClientAddress: Int] = [:]
  private(set) var hits: [ConnectionLimit: UInt64] = [:]

  init(limits: Limits) {
    self.limits = limits
  }

  /// A connection has come.
  mutating func enter(_ listener: Listener, from address: ClientAddress?) -> Outcome {
    let use: Use =
      switch listener {
      case .tcp: .tcp
      case .http: .http
      case .admin: .admin
      }
    let counted = limits.connectionsPerAddress > 0 && use != .admin ? address : nil
    guard let limit = limitReached(use, counted) else {
      open[use, default: 0] += 1
      if let counted { byAddress[counted, default: 0] += 1 }
      return .admitted(Place(use: use, address: counted))
    }
    hit(limit)
    // Those who are told take descriptors of the reserve.
    let toldAtMost = limit == .descriptors ? Self.toldWithoutDescriptors : limits.refused
    guard count(.refused) < toldAtMost else { return .dropped }
    open[.refused, default: 0] += 1
    return .refused(Place(use: .refused, address: nil), limit)
  }

  /// An HTTP connection has become a WebSocket.
  mutating func becomeWebSocket(_ place: inout Place) {
    guard place.use == .http else { return }
    open[.http, default: 0] -= 1
    open[.webSocket, default: 0] += 1
    place.use = .webSocket
  }

  /// A connection has ended.
  mutating func leave(_ place: Place) {
    open[place.use, default: 0] -= 1
    guard let address = place.address, let count = byAddress[address] else { return }
    byAddress[address] = count > 1 ? count - 1 : nil
  }

  /// A limit was hit elsewhere.
  mutating func hit(_ limit: ConnectionLimit) { hits[limit, default: 0] &+= 1 }

  func count(_ use: Use) -> Int { open[use] ?? 0 }

  private func limitReached(_ use: Use, _ address: ClientAddress?) -> ConnectionLimit? {
    if use == .admin { return count(.admin) < limits.admin ? nil : .adminConnections }
    let clients = count(.tcp) + count(.http) + count(.webSocket)
    if let descriptors, clients + count(.refused) >= descriptors { return .descriptors }
    if limits.connections > 0, clients >= limits.connections { return .connections }
    if let address, byAddress[address] ?? 0 >= limits.connectionsPerAddress { return .connectionsPerAddress }
    if use == .http, count(.http) >= limits.http { return .httpConnections }
    return nil
  }
}

extension ConnectionTable.Limits {
  /// Those of a broker's configuration.
  init(_ limits: ChatCore.Limits) {
    connections = limits.connections
    connectionsPerAddress = limits.connectionsPerAddress
    retryAfter = limits.connectionRetryAfter
  }
}
