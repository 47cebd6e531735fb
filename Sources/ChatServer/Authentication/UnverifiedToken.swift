package import ChatCore

#if canImport(FoundationEssentials)
  package import FoundationEssentials
#else
  package import Foundation  // Of Apple's systems, which have no smaller one.
#endif

/// The parts of a token, before anything is known of whether it is genuine.
package struct UnverifiedToken: Sendable {
  struct Header: Decodable {
    let alg: String
    let kid: String?
    /// Extensions that whoever reads the token has to know. There is none that we know.
    let crit: [String]?
  }

  package let text: String
  /// JSON.
  package let header: Data
  /// JSON.
  package let payload: Data
  package let algorithm: String
  package let keyID: String?

  /// - Throws: ``AuthenticationFailure/Reason/malformed`` or ``AuthenticationFailure/Reason/algorithm``.
  package init(_ text: String) throws(AuthenticationFailure) {
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
      Base64URL.decode(parts[2]) != nil
    else {
      throw AuthenticationFailure(
        .malformed, "the token is no JWT: send three parts of base64url with dots between them")
    }
    guard let fields = try? JSONDecoder().decode(Header.self, from: header) else {
      throw AuthenticationFailure(
        .malformed, "the token's header is no JSON object with alg: make it with a library for JWT")
    }
    guard fields.crit == nil else {
      throw AuthenticationFailure(
        .malformed, "the token's header has crit: this broker knows no such extensions; leave it out")
    }
    self.text = text
    self.header = header
    self.payload = payload
    algorithm = fields.alg
    keyID = fields.kid
  }

  /// - Throws: ``AuthenticationFailure/Reason/malformed``, with the claim that is wrong.
  func claims() throws(AuthenticationFailure) -> TokenClaims {
    do {
      return try JSONDecoder().decode(TokenClaims.self, from: payload)
    } catch let error as DecodingError {
      throw Self.failure(error)
    } catch {
      throw AuthenticationFailure(
        .malformed, "the token's claims are not JSON: make it with a library for JWT")
    }
  }

  private static func failure(_ error: DecodingError) -> AuthenticationFailure {
    let (path, problem): ([any CodingKey], String) =
      switch error {
      case .keyNotFound(let key, let context): (context.codingPath + [key], " is missing")
      case .valueNotFound(_, let context): (context.codingPath, " is null")
      case .typeMismatch(_, let context): (context.codingPath, " has a value of the wrong kind")
      case .dataCorrupted(let context) where !context.codingPath.isEmpty:
        (context.codingPath, ": \(context.debugDescription)")
      default: ([], "")
      }
    guard let first = path.first else {
      return AuthenticationFailure(.malformed, "the token's claims are not a JSON object")
    }
    let place = path.dropFirst().reduce(String(first.stringValue.shown.dropFirst().dropLast())) {
      place, key in
      key.intValue.map { "\(place)[\($0)]" } ?? "\(place).\(key.stringValue.shown.dropFirst().dropLast())"
    }
    return AuthenticationFailure(
      first.stringValue == "chat" ? .grants : .malformed, "the claim \(place)\(problem)")
  }
}
