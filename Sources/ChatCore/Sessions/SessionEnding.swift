/// How a session ends, for the log.
package struct SessionEnding: Sendable {
  /// As in `Connected.session`.
  package let name: String
  /// Nil: it has not sent `Connect`.
  package let user: UserID?
  package let format: WireFormat
  /// What the client was told; nil: the client has ended it, or the connection broke.
  package let code: ErrorCode?
  /// In words.
  package let reason: String
  /// Milliseconds that the session was there.
  package let duration: UInt64
}

extension Router {
  /// How a session ends; nil if there is none any more. To be asked before ``closed(_:at:)``.
  package func ending(of id: SessionID, at now: Moment) -> SessionEnding? {
    guard let session = sessions[id] else { return nil }
    let reason =
      switch session.state {
      case .closing: session.closeReason == nil ? "the client ended it" : "the broker ended it"
      case .awaitingConnect: "the connection ended before Connect"
      case .authenticating, .connecting, .open: "the connection ended"
      }
    return SessionEnding(
      name: name(of: session), user: session.user, format: session.format, code: session.closeReason,
      reason: reason, duration: now.uptime &- session.acceptedAt)
  }

  /// As in `Connected.session`; nil if there is no such session.
  package func name(of id: SessionID) -> String? { sessions[id].map { name(of: $0) } }
}
