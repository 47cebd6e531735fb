/// A way in which tokens are signed: those that a broker accepts. There is no `none`.
public enum TokenAlgorithm: String, Sendable, CaseIterable {
  /// HMAC with SHA-256: one secret makes tokens and checks them.
  case hs256 = "HS256"
  /// RSA, PKCS #1 1.5, with SHA-256 and keys of 2048 bits or more.
  case rs256 = "RS256"
  /// ECDSA on P-256 with SHA-256.
  case es256 = "ES256"
  /// Ed25519.
  case edDSA = "EdDSA"

  static let names = allCases.map(\.rawValue).joined(separator: ", ")
}

/// Why keys cannot be used.
public struct TokenKeyError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What is wrong and what to do. Has nothing of the keys in it.
  public let description: String

  init(_ description: String) { self.description = description }
}
