import ChatCore
import Testing

@testable import ChatServer

@Suite struct TokenVerifierTests {
  /// Milliseconds since 1970.
  private let now: Int64 = 1_800_000_000_000

  private func contents(_ change: (inout TokenSigner.Contents) -> Void = { _ in }) -> TokenSigner.Contents {
    var contents = TokenSigner.Contents()
    contents.user = "alice"
    contents.expiresAt = now / 1_000 + 60
    change(&contents)
    return contents
  }

  private func token(_ change: (inout TokenSigner.Contents) -> Void = { _ in }) async throws -> String {
    try await TokenSigner(secret: TestKeys.secret).sign(contents(change))
  }

  /// A token with these claims as they are.
  private func token(claims json: String) async throws -> String {
    try await TestToken(header: #"{"alg":"HS256"}"#, claims: json).signed(with: TestKeys.secret)
  }

  private func verify(
    _ token: String, keys: VerificationKeys? = nil, _ change: (inout TokenRules) -> Void = { _ in }
  ) async throws -> Result<Identity, AuthenticationFailure> {
    var rules = TokenRules()
    change(&rules)
    let verifier: TokenVerifier
    if let keys {
      verifier = TokenVerifier(keys, rules: rules)
    } else {
      verifier = TokenVerifier(try await .secret(TestKeys.secret), rules: rules)
    }
    return await verifier.verify(token, at: now)
  }

  private func reason(_ result: Result<Identity, AuthenticationFailure>) -> AuthenticationFailure.Reason? {
    if case .failure(let failure) = result { failure.reason } else { nil }
  }

  // MARK: Signatures

  @Test(arguments: [
    (TestKeys.rsa, TestKeys.rsaPublic, TokenAlgorithm.rs256), (TestKeys.ec, TestKeys.ecPublic, .es256),
    (TestKeys.ec, TestKeys.ecCertificate, .es256), (TestKeys.ed, TestKeys.edPublic, .edDSA),
  ])
  func `each kind of key verifies what its private half has signed`(
    privatePEM: String, publicPEM: String, algorithm: TokenAlgorithm
  ) async throws {
    let signer = try await TokenSigner(pem: privatePEM)
    #expect(signer.algorithm == algorithm)
    let keys = try await VerificationKeys.file(publicPEM)
    let token = try await signer.sign(contents())
    #expect(try await verify(token, keys: keys).get().user.name == "alice")
    // Each bit of the signature counts.
    let end = token.index(token.startIndex, offsetBy: token.count - 10)
    let changed = token[..<end] + (token[end] == "A" ? "B" : "A") + token[token.index(after: end)...]
    #expect(reason(try await verify(String(changed), keys: keys)) == .signature)
  }

  @Test(
    arguments: [TestKeys.rsaJWK, TestKeys.ecJWK, TestKeys.edJWK], [TestKeys.rsa, TestKeys.ec, TestKeys.ed])
  func `a JSON Web Key verifies what its own private half has signed and nothing else`(
    jwk: String, privatePEM: String
  ) async throws {
    let keys = try await VerificationKeys.jwks(#"{"keys":[{\#(jwk)}]}"#)
    let signer = try await TokenSigner(pem: privatePEM)
    let result = try await verify(try await signer.sign(contents()), keys: keys)
    #expect(reason(result) == (keys.algorithms == [signer.algorithm] ? nil : .algorithm))
  }

  @Test func `a signature by another key is refused`() async throws {
    let other = try await TokenSigner(secret: TestKeys.otherSecret).sign(contents())
    #expect(reason(try await verify(other)) == .signature)
  }

  @Test func `the token of the standard is genuine, and says nothing of a user`() async throws {
    // RFC 7515, appendix A.1. It was made by nothing that is in this program.
    let keys = try await VerificationKeys.jwks(
      #"{"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAz"#
        + #"Zr1Z9CAow"}]}"#)
    let token =
      "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
      + "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    let verifier = TokenVerifier(keys)
    #expect(reason(await verifier.verify(token, at: 1_300_819_000_000)) == .subject)
    #expect(reason(await verifier.verify(token, at: 1_300_819_400_000)) == .expired)
  }

  @Test(arguments: ["none", "None", "NONE", "HS384", "RS512", "PS256", "ES384", "", "hs256"])
  func `another way of signing, or none, is refused`(algorithm: String) async throws {
    let forged = TestToken(header: #"{"alg":"\#(algorithm)"}"#, claims: #"{"sub":"alice"}"#)
    #expect(reason(try await verify(forged.unsigned)) == .algorithm)
    #expect(reason(try await verify(try await forged.signed(with: TestKeys.secret))) == .algorithm)
  }

  @Test func `a public key is no secret for HS256`() async throws {
    // Whoever knows the public key could make tokens, if it was taken for one.
    let forged = try await TestToken(header: #"{"alg":"HS256"}"#, claims: #"{"sub":"alice"}"#)
      .signed(with: Array((TestKeys.rsaPublic + "\n").utf8))
    #expect(reason(try await verify(forged, keys: try await .pem(TestKeys.rsaPublic))) == .algorithm)
  }

  @Test(arguments: [
    "", "a", "a.b", "..", "a.b.c.d", "e30.e30.", "e30.e30.e30", "W10.e30.AA", "bnVsbA.e30.AA",
    "eyJhbGciOjF9.e30.AA",
    "eyJhbGciOiJIUzI1NiJ9.e30=.AA", "eyJhbGciOiJIUzI1NiJ9.e+0.AA", "ü.ü.ü",
  ])
  func `what is no token is refused`(text: String) async throws {
    #expect(reason(try await verify(text)) == .malformed)
  }

  @Test func `extensions that have to be known are not`() async throws {
    let token = try await TestToken(header: #"{"alg":"HS256","crit":["b64"]}"#, claims: #"{"sub":"alice"}"#)
      .signed(with: TestKeys.secret)
    #expect(reason(try await verify(token)) == .malformed)
  }

  // MARK: Keys

  @Test func `keys are told apart by their ids`() async throws {
    let keys = try await VerificationKeys.secret(TestKeys.secret, id: "old")
      .merging(try await .secret(TestKeys.otherSecret, id: "new"))
    let old = try await TokenSigner(secret: TestKeys.secret)
    let new = try await TokenSigner(secret: TestKeys.otherSecret)
    #expect(reason(try await verify(try await old.sign(contents(), keyID: "old"), keys: keys)) == nil)
    #expect(reason(try await verify(try await new.sign(contents(), keyID: "new"), keys: keys)) == nil)
    #expect(reason(try await verify(try await new.sign(contents(), keyID: "old"), keys: keys)) == .signature)
    #expect(
      reason(try await verify(try await new.sign(contents(), keyID: "next"), keys: keys)) == .unknownKey)
    // Without an id each is tried.
    #expect(reason(try await verify(try await new.sign(contents()), keys: keys)) == nil)
  }

  @Test func `keys are replaced while the verifier is in use`() async throws {
    let verifier = TokenVerifier(try await .secret(TestKeys.secret))
    let (old, new) = (
      try await token(), try await TokenSigner(secret: TestKeys.otherSecret).sign(contents())
    )
    #expect(reason(await verifier.verify(old, at: now)) == nil)
    #expect(reason(await verifier.verify(new, at: now)) == .signature)
    verifier.replaceKeys(try await .secret(TestKeys.otherSecret))
    #expect(reason(await verifier.verify(old, at: now)) == .signature)
    #expect(reason(await verifier.verify(new, at: now)) == nil)
    verifier.replaceKeys(.none)
    #expect(reason(await verifier.verify(new, at: now)) == .noKeys)
  }

  @Test func `a token with the id of no key is told to whoever can look for it`() async throws {
    let verifier = TokenVerifier(try await .secret(TestKeys.secret, id: "a"))
    #expect(!verifier.takeKeyMissing())
    _ = await verifier.verify(
      try await TokenSigner(secret: TestKeys.secret).sign(contents(), keyID: "b"), at: now)
    #expect(verifier.takeKeyMissing())
    #expect(!verifier.takeKeyMissing())
  }

  // MARK: Claims

  @Test func `a genuine token says who it is and for how long`() async throws {
    let identity = try await verify(try await token()).get()
    // Five seconds are the skew.
    #expect(identity == Identity(user: try UserID("alice"), grants: .everything, expiresAt: now + 65_000))
    let eternal = try await verify(try await token { $0.expiresAt = nil }).get()
    #expect(eternal.expiresAt == nil)
  }

  @Test(
    arguments: [(-6, .expired), (-5, .expired), (-4, nil), (0, nil)]
      as [(Int64, AuthenticationFailure.Reason?)])
  func `a token expires when exp and the skew have passed`(
    seconds: Int64, expected: AuthenticationFailure.Reason?
  ) async throws {
    let token = try await token { $0.expiresAt = now / 1_000 + seconds }
    #expect(reason(try await verify(token)) == expected)
  }

  @Test(
    arguments: [(6, .notYetValid), (5, nil), (0, nil), (-100, nil)]
      as [(Int64, AuthenticationFailure.Reason?)])
  func `a token holds from nbf on, less the skew`(
    seconds: Int64, expected: AuthenticationFailure.Reason?
  ) async throws {
    let token = try await token { $0.notBefore = now / 1_000 + seconds }
    #expect(reason(try await verify(token)) == expected)
  }

  @Test func `the issuer has to be the one that is wanted`() async throws {
    let (right, wrong) = (
      try await token { $0.issuer = "https://id.example" }, try await token { $0.issuer = "x" }
    )
    let rules: (inout TokenRules) -> Void = { $0.issuer = "https://id.example" }
    #expect(reason(try await verify(right, rules)) == nil)
    #expect(reason(try await verify(wrong, rules)) == .issuer)
    #expect(reason(try await verify(try await token(), rules)) == .issuer)
    #expect(reason(try await verify(wrong)) == nil)
  }

  @Test func `the audience has to have the broker in it, and without one there must be none`() async throws {
    let one = try await token { $0.audience = ["chat"] }
    let several = try await token { $0.audience = ["shop", "chat"] }
    let other = try await token { $0.audience = ["shop"] }
    let rules: (inout TokenRules) -> Void = { $0.audience = "chat" }
    #expect(reason(try await verify(one, rules)) == nil)
    #expect(reason(try await verify(several, rules)) == nil)
    #expect(reason(try await verify(other, rules)) == .audience)
    #expect(reason(try await verify(try await token(), rules)) == .audience)
    #expect(reason(try await verify(one)) == .audience)
  }

  @Test(
    arguments: [
      (#"{}"#, .subject), (#"{"sub":""}"#, .subject), (#"{"sub":"a b"}"#, .subject),
      (#"{"sub":1}"#, .malformed),
      (#"{"sub":"alice","exp":"soon"}"#, .malformed), (#"{"sub":"alice","exp":1e300}"#, nil),
      (#"{"sub":"alice","exp":-1e300}"#, .expired), (#"{"sub":"alice","nbf":1e300}"#, .notYetValid),
      (#"{"sub":"alice","exp":1800000000.5}"#, nil), (#"{"sub":"alice","aud":[1]}"#, .malformed),
      (#"{"sub":"alice","other":{"deep":[1,2]}}"#, nil), (#"[]"#, .malformed), (#""text""#, .malformed),
      (#"{"sub":"alice","chat":{}}"#, nil), (#"{"sub":"alice","chat":{"grants":[]}}"#, nil),
      (#"{"sub":"alice","chat":{"deny":[]}}"#, .grants), (#"{"sub":"alice","chat":[]}"#, .grants),
      (#"{"sub":"alice","chat":{"grants":[{"conversation":"*"}]}}"#, .grants),
      (#"{"sub":"alice","chat":{"grants":[{"conversation":"*","allow":["read"]}]}}"#, .grants),
      (#"{"sub":"alice","chat":{"grants":[{"conversation":"*","allow":[],"deny":["publish"]}]}}"#, .grants),
      (#"{"sub":"alice","chat":{"grants":[{"conversation":"room:1","allow":["publish"]}]}}"#, .grants),
    ] as [(String, AuthenticationFailure.Reason?)])
  func `claims that make no sense are refused with their name`(
    claims: String, expected: AuthenticationFailure.Reason?
  ) async throws {
    #expect(reason(try await verify(try await token(claims: claims))) == expected)
  }

  @Test func `grants are read, and what is wrong with them is told`() async throws {
    let granted = try await token {
      $0.grants = [("group:team/*", ["publish", "subscribe"]), ("broadcast:news", ["history"])]
    }
    let grants = try await verify(granted).get().grants
    #expect(grants.rules?.map(\.pattern) == ["group:team/*", "broadcast:news"])
    #expect(grants.rules?.map(\.rights) == [[.publish, .subscribe], .history])
    #expect(try await verify(try await token { $0.grants = [] }).get().grants == Grants([]))
    let wrong = try await verify(
      try await token(claims: #"{"sub":"a","chat":{"grants":[{"conversation":"*","allow":["pubish"]}]}}"#))
    guard case .failure(let failure) = wrong else {
      Issue.record("accepted")
      return
    }
    #expect(failure.message.contains("chat.grants[0]"))
    #expect(failure.message.contains("\"pubish\"") && failure.message.contains("publish, subscribe, history"))
  }

  @Test func `no reason that is told has the signature or the secret in it`() async throws {
    let parts = try await token { $0.expiresAt = 1 }.split(separator: ".")
    for text in [parts.joined(separator: "."), "\(parts[0]).\(parts[1]).AAAA", "x.y.\(parts[2])"] {
      guard case .failure(let failure) = try await verify(text) else {
        Issue.record("accepted")
        return
      }
      #expect(!failure.message.contains(parts[2]))
      #expect(!failure.message.contains(String(decoding: TestKeys.secret, as: UTF8.self)))
    }
  }
}
