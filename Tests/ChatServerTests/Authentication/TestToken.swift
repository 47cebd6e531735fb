import FoundationEssentials

@testable import ChatServer

/// A token with whatever header and claims.
struct TestToken {
  private let input: String

  init(header: String, claims: String) {
    input = "\(Self.encode(Array(header.utf8))).\(Self.encode(Array(claims.utf8)))"
  }

  /// With nothing where the signature should be.
  var unsigned: String { input + "." }

  /// With HMAC and SHA-256, whatever the header says.
  func signed(with secret: [UInt8]) async throws -> String {
    let key = try await VerificationKeys.secret(secret).keys[0]
    let signature = try await key.collection.getKey().sign(Array(input.utf8))
    return "\(input).\(Self.encode(signature))"
  }

  private static func encode(_ bytes: [UInt8]) -> String {
    String(
      Data(bytes).base64EncodedString().compactMap {
        switch $0 {
        case "+": "-"
        case "/": "_"
        case "=": nil
        default: $0
        }
      })
  }
}
