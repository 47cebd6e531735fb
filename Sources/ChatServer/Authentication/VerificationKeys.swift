import JWTKit

/// The keys by which a broker knows that tokens are genuine.
public struct VerificationKeys: Sendable {
  /// One key.
  struct Key: Sendable {
    /// The `kid` of tokens that it is for; `nil`: of those without, and those for which there is no other.
    let id: String?
    let algorithm: TokenAlgorithm
    /// Has this key alone.
    let collection: JWTKeyCollection
  }

  /// The most keys at a time.
  public static let mostKeys = 64
  /// The fewest bytes of a secret for HS256 (RFC 7518, 3.2).
  public static let fewestSecretBytes = 32

  private(set) var keys: [Key]
  /// Keys that were left out, each with the reason, for the log.
  public private(set) var ignored: [String]

  init(_ keys: [Key], ignored: [String] = []) throws(TokenKeyError) {
    guard keys.count <= Self.mostKeys else {
      throw TokenKeyError(
        "there are \(keys.count) keys: at most \(Self.mostKeys) are allowed; remove old ones")
    }
    self.keys = keys
    self.ignored = ignored
  }

  /// No keys: nobody gets in.
  public static let none = VerificationKeys()

  private init() { (keys, ignored) = ([], []) }

  /// How many there are.
  public var count: Int { keys.count }

  /// The ways of signing that they are for.
  public var algorithms: [TokenAlgorithm] {
    TokenAlgorithm.allCases.filter { algorithm in keys.contains { $0.algorithm == algorithm } }
  }

  /// A secret for HS256.
  ///
  /// - Throws: ``TokenKeyError`` if it has fewer than ``fewestSecretBytes`` bytes.
  public static func secret(_ secret: [UInt8], id: String? = nil) async throws(TokenKeyError)
    -> VerificationKeys
  {
    guard secret.count >= fewestSecretBytes else {
      throw TokenKeyError(
        "the secret has \(secret.count) bytes: HS256 needs \(fewestSecretBytes) or more, such as those of "
          + "`openssl rand -hex 32`")
    }
    let collection = await JWTKeyCollection().add(hmac: HMACKey(from: secret), digestAlgorithm: .sha256)
    return try VerificationKeys([Key(id: id, algorithm: .hs256, collection: collection)])
  }

  /// What a file holds: a JSON Web Key Set, or PEM.
  ///
  /// - Throws: ``TokenKeyError`` if there is no key in it that can be used.
  public static func file(_ text: String) async throws(TokenKeyError) -> VerificationKeys {
    let first = text.utf8.first {
      $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r")
    }
    if first == UInt8(ascii: "{") { return try await jwks(text) }
    guard text.contains("-----BEGIN ") else {
      throw TokenKeyError("it holds no keys: use a JSON Web Key Set, or public keys or certificates in PEM")
    }
    return try await pem(text)
  }

  /// All of both.
  ///
  /// - Throws: ``TokenKeyError`` if these are too many.
  public func merging(_ other: VerificationKeys) throws(TokenKeyError) -> VerificationKeys {
    try VerificationKeys(keys + other.keys, ignored: ignored + other.ignored)
  }

  /// Those that may have signed such a token: those with its id, else those without one.
  func candidates(for id: String?, _ algorithm: TokenAlgorithm) -> [Key] {
    let fitting = keys.filter { $0.algorithm == algorithm }
    guard let id else { return fitting }
    let named = fitting.filter { $0.id == id }
    return named.isEmpty ? fitting.filter { $0.id == nil } : named
  }
}
