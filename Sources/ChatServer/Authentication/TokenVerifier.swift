public import ChatCore
import JWTKit
import NIOConcurrencyHelpers

/// What a token has to say besides being genuine.
public struct TokenRules: Sendable, Hashable {
  /// The claim `iss` has to be this; `nil`: anything.
  public var issuer: String?
  /// The claim `aud` has to have this; `nil`: there must be no such claim, because then it is for somebody else
  /// (RFC 7519, 4.1.3).
  public var audience: String?
  /// How far the clocks of those who make tokens may be off, in milliseconds.
  public var clockSkew: UInt64 = 5_000

  /// Any issuer, no audience.
  public init() {}
}

/// Decides whether tokens are genuine, and what they grant. Its keys can be replaced at any time.
public final class TokenVerifier: Sendable {
  private struct State {
    var keys: VerificationKeys
    /// A token has named a key that is not there.
    var isKeyMissing = false
  }

  private let state: NIOLockedValueBox<State>
  private let rules: TokenRules

  /// Checks tokens by these keys.
  public init(_ keys: VerificationKeys, rules: TokenRules = TokenRules()) {
    state = NIOLockedValueBox(State(keys: keys))
    self.rules = rules
  }

  /// From now on these keys count and no others. Sessions that are open stay as long as their tokens last.
  public func replaceKeys(_ new: VerificationKeys) {
    state.withLockedValue { $0 = State(keys: new) }
  }

  /// Whether a token has named a key that is not there since the keys were replaced or this was asked: then it is worth
  /// to look for new ones.
  public func takeKeyMissing() -> Bool {
    state.withLockedValue { state in
      defer { state.isKeyMissing = false }
      return state.isKeyMissing
    }
  }

  /// How many keys there are, for the log.
  public var keyCount: Int { state.withLockedValue { $0.keys.count } }

  /// Looks at a token. Costs a signature check: up to a tenth of a millisecond.
  ///
  /// - Parameters:
  ///   - token: a JSON Web Token, as the client sent it.
  ///   - now: milliseconds since 1970.
  public func verify(_ token: String, at now: Int64) async -> Result<Identity, AuthenticationFailure> {
    do throws(AuthenticationFailure) {
      let unverified = try UnverifiedToken(token)
      try await checkSignature(unverified)
      return .success(try identity(of: try unverified.claims(), at: now))
    } catch {
      return .failure(error)
    }
  }

  private func checkSignature(_ token: UnverifiedToken) async throws(AuthenticationFailure) {
    guard let algorithm = TokenAlgorithm(rawValue: token.algorithm) else {
      throw AuthenticationFailure(
        .algorithm, "the token's alg is \(token.algorithm.shown): sign it with one of \(TokenAlgorithm.names)"
      )
    }
    let known = state.withLockedValue { $0.keys }
    let candidates = known.candidates(for: token.keyID, algorithm)
    guard !candidates.isEmpty else {
      state.withLockedValue { $0.isKeyMissing = true }
      throw Self.noKey(for: token, algorithm, known)
    }
    for key in candidates where (try? await key.collection.verify(token.text, as: SignedPayload.self)) != nil
    {
      return
    }
    throw AuthenticationFailure(
      .signature,
      "the token's signature is wrong: it was changed, or signed with a key that this broker does not have")
  }

  private static func noKey(
    for token: UnverifiedToken, _ algorithm: TokenAlgorithm, _ known: VerificationKeys
  ) -> AuthenticationFailure {
    guard known.count > 0 else {
      return AuthenticationFailure(.noKeys, "this broker has no keys for tokens yet: try again later")
    }
    guard known.algorithms.contains(algorithm) else {
      let names = known.algorithms.map(\.rawValue).joined(separator: ", ")
      return AuthenticationFailure(
        .algorithm, "the token's alg is \(algorithm.rawValue), but this broker has keys for \(names) only")
    }
    return AuthenticationFailure(
      .unknownKey, "the token's kid is \((token.keyID ?? "").shown): this broker has no such key")
  }

  private func identity(of claims: TokenClaims, at now: Int64) throws(AuthenticationFailure) -> Identity {
    let skew = Int64(clamping: rules.clockSkew)
    let expiry = claims.exp.map { Self.milliseconds($0).addingSaturating(skew) }
    if let expiry, expiry <= now {
      throw AuthenticationFailure(.expired, "the token has expired: bring a new one")
    }
    if let start = claims.nbf.map({ Self.milliseconds($0) }), start > now.addingSaturating(skew) {
      throw AuthenticationFailure(.notYetValid, "the token's nbf lies ahead: wait, or check the clocks")
    }
    try checkIssuer(claims)
    try checkAudience(claims)
    guard let user = claims.sub.flatMap({ try? UserID($0) }) else {
      throw AuthenticationFailure(
        .subject, "the token's sub has to be the user id: 1 to 128 characters of A-Z a-z 0-9 . _ - + @")
    }
    return Identity(user: user, grants: try claims.grants(), expiresAt: expiry)
  }

  private func checkIssuer(_ claims: TokenClaims) throws(AuthenticationFailure) {
    guard let issuer = rules.issuer, claims.iss != issuer else { return }
    throw AuthenticationFailure(
      .issuer,
      "the token's iss is \(claims.iss?.shown ?? "missing"): this broker takes tokens of \(issuer.shown)")
  }

  private func checkAudience(_ claims: TokenClaims) throws(AuthenticationFailure) {
    let audience = claims.aud?.values ?? []
    let found = audience.isEmpty ? "missing" : audience.prefix(4).map(\.shown).joined(separator: ", ")
    guard let wanted = rules.audience else {
      guard claims.aud == nil else {
        throw AuthenticationFailure(
          .audience,
          "the token's aud is \(found), but this broker has no audience: leave aud out, or give it one")
      }
      return
    }
    guard !audience.contains(wanted) else { return }
    throw AuthenticationFailure(.audience, "the token's aud is \(found): this broker is \(wanted.shown)")
  }

  /// A time in seconds, as a token has it, within what can be calculated with.
  private static func milliseconds(_ seconds: Double) -> Int64 {
    let most = 1e15
    return Int64(min(max(seconds * 1_000, -most), most))
  }
}

/// Claims are read by ``UnverifiedToken``, which can say what is wrong with them.
private struct SignedPayload: JWTPayload {
  func verify(using algorithm: some JWTAlgorithm) async throws {}
}

extension Int64 {
  fileprivate func addingSaturating(_ other: Int64) -> Int64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
