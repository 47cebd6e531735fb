import ChatCore
import ChatServer
import Logging
import NIOHTTP1
import ServiceLifecycle
import Testing

@testable import chat_broker

@Suite(.timeLimit(.minutes(1))) struct JWKSRefreshTests {
  private static let ed = """
    -----BEGIN PRIVATE KEY-----
    MC4CAQAwBQYDK2VwBCIEIHBlNWOzN0nUo2IsEUtWbSm4JWEBs1uaRy6E/if1MbyC
    -----END PRIVATE KEY-----
    """
  private static let edSet =
    #"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"wA9yQkwiF1XvZf_L-QDQ9mJ0KpA7MlsAvPrT8diIVb0"}]}"#
  private static let ecSet =
    #"{"keys":[{"kty":"EC","crv":"P-256","kid":"ec","x":"TPf4lQRiWBWe-oy_zu-qtA-m1md6mZMcoXogIkankfI","#
    + #""y":"qWtKjflJmFmRXJEOOyTvAksTefFLmtN0yJ5idjqt6K4"}]}"#

  private func answer(_ body: String, _ status: HTTPResponseStatus = .ok) -> KeyServer.Answer {
    var answer = KeyServer.Answer()
    answer.body = body
    answer.status = status
    return answer
  }

  private func token(_ keyID: String) async throws -> String {
    var contents = TokenSigner.Contents()
    contents.user = "alice"
    return try await TokenSigner(pem: Self.ed).sign(contents, keyID: keyID)
  }

  /// Why a token is refused, or nil.
  private func refusal(_ verifier: TokenVerifier, _ token: String) async -> AuthenticationFailure.Reason? {
    if case .failure(let failure) = await verifier.verify(token, at: 0) { failure.reason } else { nil }
  }

  private func until(_ isTrue: () async -> Bool) async throws {
    for _ in 0..<1_000 {
      if await isTrue() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("not so in time")
  }

  /// Runs the refresh for the duration of `body`.
  private func run(
    _ server: KeyServer, _ intervals: JWKSRefresh.Intervals, read: VerificationKeys = .none,
    counters: AttemptCounters = AttemptCounters(), _ body: (TokenVerifier) async throws -> Void
  ) async throws {
    let keys = TokenKeys()
    try keys.replaceRead(read)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let refresh = JWKSRefresh(
      fetcher: try JWKSFetcher(server.url), keys: keys, counters: counters, logger: logger,
      intervals: intervals)
    let group = ServiceGroup(services: [refresh], logger: logger)
    let running = Task { try await group.run() }
    try await body(keys.verifier)
    await group.triggerGracefulShutdown()
    try await running.value
    await server.stop()
  }

  private let quick = JWKSRefresh.Intervals(refresh: .milliseconds(50), retry: .milliseconds(20))

  @Test func `keys are fetched as soon as there are some, and again when they have changed`() async throws {
    let server = try await KeyServer.start(answer("", .internalServerError))
    try await run(server, quick) { verifier in
      let token = try await token("ed")
      #expect(await refusal(verifier, token) == .noKeys)
      server.set(answer(Self.edSet))
      try await until { await refusal(verifier, token) == nil }
      server.set(answer(Self.ecSet))
      try await until { await refusal(verifier, token) == .algorithm }
    }
  }

  @Test(arguments: ["", "{}", "<html>", #"{"keys":[]}"#])
  func `an answer without keys leaves those that are there`(body: String) async throws {
    let server = try await KeyServer.start(answer(Self.edSet))
    let counters = AttemptCounters()
    try await run(server, quick, counters: counters) { verifier in
      let token = try await token("ed")
      try await until { await refusal(verifier, token) == nil }
      try await until { counters.ok > 0 }
      #expect(counters.failed == 0)
      server.set(answer(body))
      try await until { counters.failed > 0 }
      try await Task.sleep(for: .milliseconds(200))
      #expect(await refusal(verifier, token) == nil)
      server.set(answer(Self.ecSet, .internalServerError))
      try await Task.sleep(for: .milliseconds(200))
      #expect(await refusal(verifier, token) == nil)
    }
  }

  @Test func `a key that a token names and nobody knows is looked for before the time`() async throws {
    let server = try await KeyServer.start(answer(Self.ecSet))
    try await run(server, .init(refresh: .seconds(3_600), retry: .milliseconds(20))) { verifier in
      try await until { verifier.keyCount == 1 }
      let token = try await token("ed")
      #expect(await refusal(verifier, token) == .algorithm)
      server.set(answer(Self.edSet))
      try await until { await refusal(verifier, token) == nil }
    }
  }

  @Test func `keys of files stay beside those that are fetched`() async throws {
    let server = try await KeyServer.start(answer(Self.edSet))
    let secret = try await VerificationKeys.secret(Array(repeating: 1, count: 32))
    try await run(server, quick, read: secret) {
      verifier in
      try await until { verifier.keyCount == 2 }
    }
  }

  @Test func `what is too long, elsewhere or not there is refused`() async throws {
    let client = JWKSFetcher.makeClient()
    let long = try await KeyServer.start(
      answer(String(repeating: " ", count: JWKSFetcher.mostBytes) + Self.edSet))
    await #expect(throws: (any Error).self) { try await JWKSFetcher(long.url).fetch(client) }
    let good = try await KeyServer.start(answer(Self.edSet))
    var elsewhere = answer("", .found)
    elsewhere.headers.add(name: "Location", value: good.url)
    let moved = try await KeyServer.start(elsewhere)
    await #expect(throws: JWKSFetcher.Failure.self) { try await JWKSFetcher(moved.url).fetch(client) }
    #expect(try await JWKSFetcher(good.url).fetch(client).count == 1)
    for server in [long, moved, good] { await server.stop() }
    try await client.shutdown()
    // Without the connections that were kept open.
    let another = JWKSFetcher.makeClient()
    await #expect(throws: (any Error).self) { try await JWKSFetcher(good.url).fetch(another) }
    try await another.shutdown()
  }

  @Test func `a secret that is published is no key`() async throws {
    let server = try await KeyServer.start(
      answer(#"{"keys":[{"kty":"oct","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr8"}]}"#))
    let client = JWKSFetcher.makeClient()
    await #expect(throws: TokenKeyError.self) { try await JWKSFetcher(server.url).fetch(client) }
    try await client.shutdown()
    await server.stop()
  }
}
