/// What a session's token says, where tokens are asked for. Confined to its session's loop.
final class SessionToken {
  /// A token that was found genuine and takes the place of the present one when the store has told the user's
  /// conversations.
  struct Replacement {
    let requestID: UInt64
    let identity: Identity
  }

  var grants: Grants
  /// When the session ends, on the loop's clock.
  private(set) var expiresAt: UInt64 = .max
  /// When the session is told that this is near; `.max`: it was told.
  private(set) var warnsAt: UInt64 = .max
  /// The loop looks at the session then; see ``Router/checkToken(of:)``.
  var nextCheck: UInt64 = .max
  /// Groups of the user that the token does not let the session follow.
  var notFollowed: Set<ConversationID> = []

  // Refreshing
  /// A new token is being checked.
  var isRefreshing = false
  var replacement: Replacement?
  var lastRefresh: UInt64?

  init(_ identity: Identity, warning: UInt64, at now: Moment) {
    grants = identity.grants
    setExpiry(identity, warning: warning, at: now)
  }

  /// - Parameter warning: ``Limits/tokenWarning``.
  func setExpiry(_ identity: Identity, warning: UInt64, at now: Moment) {
    guard let end = identity.expiresAt else {
      (expiresAt, warnsAt) = (.max, .max)
      return
    }
    let left = UInt64(clamping: end.subtractingReportingOverflow(now.unixTime).partialValue)
    expiresAt = now.uptime.addingReportingOverflow(left).overflow ? .max : now.uptime &+ left
    // A client that cannot get a token that lasts longer is not told at once, again and again.
    warnsAt = expiresAt &- min(warning, left / 2)
  }

  func noteWarned() { warnsAt = .max }

  /// When there is something to do next.
  var due: UInt64 { min(expiresAt, warnsAt) }
}
