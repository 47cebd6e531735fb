/// Who a token says that somebody is, once it was found to be genuine.
public struct Identity: Hashable, Sendable {
  /// The claim `sub`.
  public var user: UserID
  /// What the token lets the user do.
  public var grants: Grants
  /// When a session with this token ends, in milliseconds since 1970; nil: never.
  public var expiresAt: Int64?

  /// Somebody who may do everything, for ever, unless told otherwise.
  public init(user: UserID, grants: Grants = .everything, expiresAt: Int64? = nil) {
    self.user = user
    self.grants = grants
    self.expiresAt = expiresAt
  }
}

/// Why somebody was not let in.
public struct AuthenticationFailure: Error, Hashable, Sendable {
  /// For metrics; a small fixed set.
  public enum Reason: String, Sendable, CaseIterable {
    /// There was no token.
    case missing
    /// It is longer than ``Limits/tokenBytes``.
    case tooLarge = "too_large"
    /// It is no JWT, or a claim has a value of the wrong kind.
    case malformed
    /// Signed in a way that is not accepted, or not at all.
    case algorithm
    /// There are no keys at all yet; a retry makes sense.
    case noKeys = "no_keys"
    /// There is no key for it.
    case unknownKey = "unknown_key"
    /// The signature is not that of the key.
    case signature
    case expired
    case notYetValid = "not_yet_valid"
    case issuer
    case audience
    /// `sub` is missing or no user id.
    case subject
    /// The grants cannot be understood.
    case grants
    /// `Connect.user`, or the session's user, is another one than the token's.
    case otherUser = "other_user"
  }

  /// Why, for programs.
  public let reason: Reason
  /// Why, for people, and what to do next. Tells nothing secret.
  public let message: String

  /// Makes a failure.
  public init(_ reason: Reason, _ message: String) {
    self.reason = reason
    self.message = message
  }

  /// What the client is told.
  var error: ChatError {
    switch reason {
    case .otherUser: ChatError(.permissionDenied, message)
    case .noKeys: ChatError(.unavailable, message, retryAfter: 1_000)
    default: ChatError(.unauthenticated, message)
    }
  }
}
