import ChatCore
import JWTKit

/// What a token says of its user. Further claims are left alone.
struct TokenClaims: Sendable, Hashable {
  /// The user.
  var sub: String?
  /// When it expires, in seconds since 1970.
  var exp: Double?
  /// From when on it holds.
  var nbf: Double?
  /// When it was made.
  var iat: Double?
  /// Who made it.
  var iss: String?
  /// For whom it was made.
  var aud: Audience?
  var chat: ChatClaim?

  /// One or several.
  struct Audience: Codable, Sendable, Hashable {
    var values: [String]

    init(_ values: [String]) { self.values = values }

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let one = try? container.decode(String.self) {
        values = [one]
      } else {
        values = try container.decode([String].self)
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      if let first = values.first, values.count == 1 {
        try container.encode(first)
      } else {
        try container.encode(values)
      }
    }
  }

  /// What this broker alone understands.
  struct ChatClaim: Codable, Sendable, Hashable {
    /// `nil`: everything.
    var grants: [GrantClaim]?

    init(grants: [GrantClaim]?) { self.grants = grants }

    enum CodingKeys: String, CodingKey, CaseIterable { case grants }

    init(from decoder: any Decoder) throws {
      // What is not understood might be meant to take something away.
      try decoder.refuseUnknownMembers(CodingKeys.self)
      let container = try decoder.container(keyedBy: CodingKeys.self)
      grants = try container.decodeIfPresent([GrantClaim].self, forKey: .grants)
    }
  }

  struct GrantClaim: Codable, Sendable, Hashable {
    var conversation: String
    var allow: [String]

    init(conversation: String, allow: [String]) {
      self.conversation = conversation
      self.allow = allow
    }

    enum CodingKeys: String, CodingKey, CaseIterable {
      case conversation
      case allow
    }

    init(from decoder: any Decoder) throws {
      try decoder.refuseUnknownMembers(CodingKeys.self)
      let container = try decoder.container(keyedBy: CodingKeys.self)
      conversation = try container.decode(String.self, forKey: .conversation)
      allow = try container.decode([String].self, forKey: .allow)
    }
  }
}

extension TokenClaims: JWTPayload {
  // Claims are looked at by TokenVerifier, which knows the time and can say what is wrong.
  func verify(using algorithm: some JWTAlgorithm) async throws {}
}

extension TokenClaims {
  /// - Throws: ``AuthenticationFailure/Reason/grants``, with the place and what is allowed there.
  func grants() throws(AuthenticationFailure) -> Grants {
    guard let claims = chat?.grants else { return .everything }
    var rules: [Grants.Rule] = []
    for (index, claim) in claims.enumerated() {
      do throws(ChatError) {
        rules.append(try Grants.Rule(claim.conversation, Self.rights(claim, at: index)))
      } catch {
        throw AuthenticationFailure(.grants, "the claim chat.grants[\(index)]: \(error.message)")
      }
    }
    do throws(ChatError) {
      return try Grants(rules)
    } catch {
      throw AuthenticationFailure(.grants, "the claim chat.grants: \(error.message)")
    }
  }

  private static func rights(_ claim: GrantClaim, at index: Int) throws(ChatError) -> Grants.Rights {
    var rights: Grants.Rights = []
    for word in claim.allow {
      guard let known = Grants.Rights.byName.first(where: { $0.name == word }) else {
        let names = Grants.Rights.byName.map(\.name).joined(separator: ", ")
        throw ChatError(.invalidArgument, "allow has \(word.shown), which is not known: use \(names)")
      }
      rights.formUnion(known.right)
    }
    return rights
  }
}

extension String {
  /// In quotes, for a sentence: shortened, and without what a terminal might obey.
  package var shown: String {
    let visible = String(
      String.UnicodeScalarView(unicodeScalars.lazy.filter { $0.value >= 32 && $0.value != 127 }.prefix(64)))
    return "\"\(visible)\(unicodeScalars.count > 64 ? "…" : "")\""
  }
}
