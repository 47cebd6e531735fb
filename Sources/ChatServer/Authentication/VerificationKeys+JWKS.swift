import JWTKit

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation  // Of Apple's systems, which have no smaller one.
#endif

extension VerificationKeys {
  /// A JSON Web Key Set (RFC 7517). Keys that are for something else, or of a kind that is not known, are left out.
  ///
  /// - Parameters:
  ///   - json: the text of the set.
  ///   - allowsSecrets: takes keys for HS256 too. A set that anybody can fetch must not have any.
  /// - Throws: ``TokenKeyError`` if it is something else, or no key is left.
  public static func jwks(_ json: String, allowsSecrets: Bool = true) async throws(TokenKeyError)
    -> VerificationKeys
  {
    guard let set = try? JSONDecoder().decode(KeySet.self, from: Data(json.utf8)) else {
      throw TokenKeyError("it is no JSON Web Key Set: a JSON object with an array keys is needed")
    }
    guard set.keys.count <= mostKeys else {
      throw TokenKeyError("it has \(set.keys.count) keys: at most \(mostKeys) are allowed; remove old ones")
    }
    var keys: [Key] = []
    var ignored: [String] = []
    for (index, entry) in set.keys.enumerated() {
      do throws(TokenKeyError) {
        keys.append(try await entry.key(allowsSecrets: allowsSecrets))
      } catch {
        ignored.append("keys[\(index)]: \(error.description)")
      }
    }
    guard !keys.isEmpty else {
      let reasons = ignored.isEmpty ? "it is empty" : ignored.joined(separator: "; ")
      throw TokenKeyError(
        "the key set has no key that can be used (\(reasons)): \(TokenAlgorithm.names) are known")
    }
    return try VerificationKeys(keys, ignored: ignored)
  }
}

private struct KeySet: Decodable {
  let keys: [Entry]

  struct Entry: Decodable {
    private struct Fields: Decodable {
      var kty: String?
      var kid: String?
      var use: String?
      var alg: String?
      var crv: String?
      /// Of a secret.
      var k: String?
    }

    private let fields: Fields?
    private let jwk: JWK?

    // An entry that cannot be read must not spoil the others.
    init(from decoder: any Decoder) throws {
      fields = try? Fields(from: decoder)
      jwk = try? JWK(from: decoder)
    }

    func key(allowsSecrets: Bool) async throws(TokenKeyError) -> VerificationKeys.Key {
      guard let fields, let type = fields.kty else { throw TokenKeyError("it has no kty") }
      guard fields.use ?? "sig" == "sig" else { throw TokenKeyError("it is not for signatures") }
      let algorithm = try algorithm(of: type, fields)
      let collection: JWTKeyCollection
      if algorithm == .hs256 {
        guard allowsSecrets else { throw TokenKeyError("it is a secret, and has been published: replace it") }
        guard let secret = fields.k.flatMap({ Base64URL.decode($0) }) else {
          throw TokenKeyError("k is no base64url")
        }
        return try await VerificationKeys.secret([UInt8](secret), id: fields.kid).keys[0]
      }
      guard var jwk else { throw TokenKeyError("it has members of the wrong kind") }
      jwk.algorithm = JWK.Algorithm(rawValue: algorithm.rawValue)
      jwk.keyIdentifier = JWKIdentifier(string: fields.kid ?? "")
      // A key that signs has no place in a broker; the part that checks is enough.
      jwk.privateExponent = nil
      do {
        collection = try await JWTKeyCollection().add(jwk: jwk)
      } catch {
        throw TokenKeyError("it is no key for \(algorithm.rawValue)")
      }
      return VerificationKeys.Key(id: fields.kid, algorithm: algorithm, collection: collection)
    }

    private func algorithm(of type: String, _ fields: Fields) throws(TokenKeyError) -> TokenAlgorithm {
      let algorithm: TokenAlgorithm
      switch (type, fields.crv) {
      case ("oct", _): algorithm = .hs256
      case ("RSA", _): algorithm = .rs256
      case ("EC", "P-256"?): algorithm = .es256
      case ("OKP", "Ed25519"?): algorithm = .edDSA
      default:
        throw TokenKeyError(
          "kty \(type.shown)\(fields.crv.map { " with crv \($0.shown)" } ?? "") is not known")
      }
      guard fields.alg ?? algorithm.rawValue == algorithm.rawValue else {
        throw TokenKeyError("alg \((fields.alg ?? "").shown) is not known for kty \(type.shown)")
      }
      return algorithm
    }
  }
}
