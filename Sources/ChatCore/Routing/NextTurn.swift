/// When a router wants a further turn, `settle` and `flush`, if nothing happens before.
package enum NextTurn: Hashable, Sendable {
  case none
  /// Sessions are left that take more.
  case atOnce
  /// Messages wait for others that may come, so that one commit does for all: look at the sockets, and wait ``gatherTime``
  /// at most.
  case soon

  /// In microseconds. Those who were just answered need less to publish again, if they do it at once.
  package static let gatherTime: Int64 = 100
}
