import JWTKit

extension VerificationKeys {
  /// Public keys or certificates in PEM, one behind the other: RSA, EC on P-256 or Ed25519.
  ///
  /// - Throws: ``TokenKeyError`` if one of them is something else.
  public static func pem(_ text: String) async throws(TokenKeyError) -> VerificationKeys {
    let blocks = blocks(of: text)
    guard !blocks.isEmpty else {
      throw TokenKeyError("it has no PEM block that is complete, from -----BEGIN to -----END")
    }
    guard blocks.count <= mostKeys else {
      throw TokenKeyError("it has \(blocks.count) keys: at most \(mostKeys) are allowed; remove old ones")
    }
    var keys: [Key] = []
    for (index, block) in blocks.enumerated() {
      do throws(TokenKeyError) {
        keys.append(try await key(of: block))
      } catch {
        throw TokenKeyError("PEM block \(index + 1) \(error.description)")
      }
    }
    return try VerificationKeys(keys)
  }

  private static func blocks(of text: String) -> [String] {
    var blocks: [String] = []
    var block: [Substring] = []
    for line in text.split(whereSeparator: \.isNewline) {
      if line.hasPrefix("-----BEGIN ") { block = [] }
      block.append(line)
      guard line.hasPrefix("-----END "), block[0].hasPrefix("-----BEGIN ") else { continue }
      blocks.append(block.joined(separator: "\n") + "\n")
      block = []
    }
    return blocks
  }

  private static func key(of pem: String) async throws(TokenKeyError) -> Key {
    guard !pem.hasPrefix("-----BEGIN PRIVATE KEY"), !pem.contains(" PRIVATE KEY-----") else {
      throw TokenKeyError(
        "is a private key: whoever has it can make tokens, so give the broker the public one "
          + "(`openssl pkey -pubout`)")
    }
    let isCertificate = pem.hasPrefix("-----BEGIN CERTIFICATE")
    let collection = JWTKeyCollection()
    if let key = try? isCertificate
      ? Insecure.RSA.PublicKey(certificatePEM: pem) : Insecure.RSA.PublicKey(pem: pem)
    {
      return Key(
        id: nil, algorithm: .rs256, collection: await collection.add(rsa: key, digestAlgorithm: .sha256))
    }
    if let key = try? isCertificate ? ES256PublicKey(certificate: pem) : ES256PublicKey(pem: pem) {
      return Key(id: nil, algorithm: .es256, collection: await collection.add(ecdsa: key))
    }
    if !isCertificate, let key = try? EdDSA.PublicKey(pem: pem) {
      return Key(id: nil, algorithm: .edDSA, collection: await collection.add(eddsa: key))
    }
    throw TokenKeyError(
      "is no public key that can be used: RSA with 2048 bits or more, EC on P-256 and Ed25519 can")
  }
}
