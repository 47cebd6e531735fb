import Testing

@testable import ChatServer

@Suite struct VerificationKeysTests {
  private func refusal(_ read: () async throws -> VerificationKeys) async -> String {
    do {
      _ = try await read()
      return "accepted"
    } catch {
      return "\(error)"
    }
  }

  @Test func `a secret that could be guessed is refused`() async throws {
    let short = await refusal { try await .secret(Array(repeating: 1, count: 31)) }
    #expect(short.contains("31 bytes") && short.contains("32"))
    #expect(try await VerificationKeys.secret(Array(repeating: 1, count: 32)).algorithms == [.hs256])
  }

  @Test func `a file may hold several keys in PEM`() async throws {
    let text = [TestKeys.rsaPublic, TestKeys.ecCertificate, TestKeys.edPublic].joined(separator: "\n# next\n")
    let keys = try await VerificationKeys.file(text)
    #expect(keys.count == 3)
    #expect(keys.algorithms == [.rs256, .es256, .edDSA])
  }

  @Test func `a private key, a short one and another curve are refused, and none of it is told`() async throws
  {
    for (pem, sentence) in [
      (TestKeys.ec, "is a private key"), (TestKeys.rsa, "is a private key"),
      (TestKeys.rsa1024Public, "2048 bits"), (TestKeys.ec384Public, "P-256"),
    ] {
      let refusal = await refusal { try await .file(TestKeys.edPublic + "\n" + pem) }
      #expect(refusal.contains("PEM block 2") && refusal.contains(sentence))
      #expect(!refusal.contains(pem.split(separator: "\n")[1]))
    }
  }

  @Test(arguments: ["", "hello", "{", "{}", #"{"keys":1}"#, "-----BEGIN PUBLIC KEY-----\nMFkw"])
  func `what holds no keys is refused`(text: String) async throws {
    #expect(await refusal { try await .file(text) } != "accepted")
  }

  @Test func `keys of a set that are for something else are left out, and the others used`() async throws {
    let keys = try await VerificationKeys.jwks(
      """
      {"keys":[
        {\(TestKeys.ecJWK),"kid":"good","use":"sig","alg":"ES256"},
        {\(TestKeys.ecJWK),"kid":"encryption","use":"enc"},
        {\(TestKeys.rsaJWK),"kid":"other","alg":"RS512"},
        {"kty":"AKP","kid":"of tomorrow","alg":"ML-DSA-44","pub":"AA"},
        {"kty":"EC","crv":"P-384","x":"AA","y":"AA"},
        {"kty":"EC","crv":"P-256","x":"AA","y":"AA"},
        {"kid":7}, "text"
      ]}
      """)
    #expect(keys.count == 1)
    #expect(keys.algorithms == [.es256])
    #expect(keys.ignored.count == 7)
    #expect(keys.ignored.contains { $0.contains("keys[3]") && $0.contains("AKP") })
  }

  @Test func `a set that anybody can fetch has no secrets`() async throws {
    let json = #"{"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8"}]}"#
    #expect(try await VerificationKeys.jwks(json).algorithms == [.hs256])
    let refusal = await refusal { try await .jwks(json, allowsSecrets: false) }
    #expect(refusal.contains("has been published"))
    #expect(!refusal.contains("AyM1"))
  }

  @Test func `the number of keys is bounded`() async throws {
    let many = Array(repeating: "{\(TestKeys.edJWK)}", count: 65).joined(separator: ",")
    #expect(await refusal { try await .jwks("{\"keys\":[\(many)]}") }.contains("at most 64"))
    let pem = String(repeating: TestKeys.edPublic + "\n", count: 65)
    #expect(await refusal { try await .pem(pem) }.contains("at most 64"))
  }
}
