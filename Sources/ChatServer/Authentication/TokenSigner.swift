import JWTKit

/// Makes tokens: for operators who try things, and for tests. Services that sign people in use a library of their own.
package struct TokenSigner: Sendable {
  /// What a token is to say.
  package struct Contents: Sendable {
    package var user = ""
    /// In seconds since 1970.
    package var expiresAt: Int64?
    package var notBefore: Int64?
    package var issuedAt: Int64?
    package var issuer: String?
    package var audience: [String] = []
    /// Pattern and words; `nil`: everything.
    package var grants: [(conversation: String, allow: [String])]?

    package init() {}

    fileprivate var claims: TokenClaims {
      TokenClaims(
        sub: user, exp: expiresAt.map(Double.init), nbf: notBefore.map(Double.init),
        iat: issuedAt.map(Double.init),
        iss: issuer, aud: audience.isEmpty ? nil : TokenClaims.Audience(audience),
        chat: grants.map { grants in
          TokenClaims.ChatClaim(
            grants: grants.map { TokenClaims.GrantClaim(conversation: $0.conversation, allow: $0.allow) })
        })
    }

    /// Whether a broker would understand the grants.
    ///
    /// - Throws: `AuthenticationFailure`, with what is wrong.
    package func check() throws { _ = try claims.grants() }
  }

  package let algorithm: TokenAlgorithm
  private let collection: JWTKeyCollection

  /// With a secret, for HS256.
  package init(secret: [UInt8]) async throws(TokenKeyError) {
    algorithm = .hs256
    collection = try await VerificationKeys.secret(secret).keys[0].collection
  }

  /// With a private key in PEM: RSA, EC on P-256 or Ed25519.
  package init(pem: String) async throws(TokenKeyError) {
    let collection = JWTKeyCollection()
    if let key = try? Insecure.RSA.PrivateKey(pem: pem) {
      algorithm = .rs256
      self.collection = await collection.add(rsa: key, digestAlgorithm: .sha256)
    } else if let key = try? ES256PrivateKey(pem: pem) {
      algorithm = .es256
      self.collection = await collection.add(ecdsa: key)
    } else if let key = try? EdDSA.PrivateKey(pem: pem) {
      algorithm = .edDSA
      self.collection = await collection.add(eddsa: key)
    } else {
      throw TokenKeyError(
        "it is no private key that can be used: RSA with 2048 bits or more, EC on P-256 and Ed25519 in PEM can"
      )
    }
  }

  /// - Throws: what the cryptographic library says.
  package func sign(_ contents: Contents, keyID: String? = nil) async throws -> String {
    var header = JWTHeader()
    if let keyID { header.kid = keyID }
    return try await collection.sign(contents.claims, header: header)
  }
}
