import ChatCore

/// A connection among those that are counted. Confined to its loop.
final class ConnectionPlace {
  /// Nil: the connection is welcome.
  let refusal: ConnectionLimit?
  private var place: ConnectionTable.Place?
  private let connections: Connections

  init(
    _ place: ConnectionTable.Place, refusal: ConnectionLimit?, in connections: Connections
  ) {
    self.place = place
    self.refusal = refusal
    self.connections = connections
  }

  /// What a client that is refused is told.
  var error: ChatError? { refusal?.error(retryAfter: connections.retryAfter) }

  /// The same over HTTP.
  var failure: HTTPFailure? { refusal?.failure(retryAfter: connections.retryAfter) }

  /// From now on it is a session, and not one of the HTTP connections.
  func becomeWebSocket() {
    if var counted = place.take() {
      connections.becomeWebSocket(&counted)
      place = counted
    }
  }

  func leave() {
    if let counted = place.take() { connections.leave(counted) }
  }
}
