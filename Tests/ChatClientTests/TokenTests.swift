import ChatCore
import ChatServer
import Logging
import Synchronization
import Testing

@testable import ChatClient

@Suite("ChatClient with tokens, against a broker", .timeLimit(.minutes(1)))
struct TokenTests {
  private static let secret = Array("a secret of more than thirty-two bytes".utf8)

  private func token(_ user: String, seconds: Int64) async throws -> String {
    var contents = TokenSigner.Contents()
    contents.user = user
    contents.expiresAt = Moment.now().unixTime / 1_000 + seconds
    return try await TokenSigner(secret: Self.secret).sign(contents)
  }

  private func withBroker(_ body: (Int) async throws -> Void) async throws {
    var configuration = ServerConfiguration()
    configuration.port = 0
    configuration.drain.grace = 200
    configuration.drain.spread = 0
    var rules = TokenRules()
    rules.clockSkew = 0
    configuration.tokenVerifier = TokenVerifier(try await .secret(Self.secret), rules: rules)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    let server = ChatServer(configuration: configuration, store: InMemoryStore(), logger: logger)
    let port = try #require(try await server.start().port)
    do {
      try await body(port)
    } catch {
      await server.stop()
      throw error
    }
    await server.stop()
  }

  private func client(
    _ port: Int, user: String = "", _ change: (inout ChatClient.Configuration) -> Void
  ) -> ChatClient {
    var configuration = ChatClient.Configuration(user: user, port: port)
    configuration.backoffInitial = 10
    configuration.backoffMaximum = 100
    change(&configuration)
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return ChatClient(configuration, logger: logger)
  }

  @Test func `a client is who its token says, and is refused without one`() async throws {
    try await withBroker { port in
      let token = try await token("alice", seconds: 60)
      let alice = client(port) { $0.token = token }
      #expect(try await alice.connect().user == "alice")
      await alice.close()
      let nobody = client(port, user: "alice") { _ in }
      let error = await #expect(throws: ChatClientError.self) { try await nobody.connect() }
      #expect(error?.refusal?.code == .unauthenticated)
      await nobody.close()
    }
  }

  @Test func `a provider's tokens keep one session open beyond the first one's end`() async throws {
    try await withBroker { port in
      let made = Mutex(0)
      let alice = client(port) {
        $0.tokenProvider = {
          made.withLock { $0 += 1 }
          return try await token("alice", seconds: 3)
        }
      }
      let session = try await alice.connect().session
      // So long that without a refresh it would have ended twice.
      var warnings = 0
      for await update in alice.updates {
        if case .disconnected(let reason, _) = update { Issue.record("disconnected: \(reason)") }
        if case .event(.tokenExpiring) = update { warnings += 1 }
        if warnings == 4 { break }
      }
      #expect(made.withLock { $0 } >= 4)
      try await alice.ping()
      #expect(!session.isEmpty)
      await alice.close()
    }
  }

  @Test func `a program without a provider refreshes by itself`() async throws {
    try await withBroker { port in
      let first = try await token("alice", seconds: 3)
      let alice = client(port) { $0.token = first }
      _ = try await alice.connect()
      for await case .event(.tokenExpiring) in alice.updates { break }
      try await alice.refresh(token: try await token("alice", seconds: 60))
      let error = await #expect(throws: ChatClientError.self) {
        try await Task.sleep(for: .seconds(1))
        try await alice.refresh(token: try await token("bob", seconds: 60))
      }
      #expect(error?.refusal?.code == .permissionDenied)
      try await alice.ping()
      await alice.close()
    }
  }

  @Test func `a provider that fails is told without what it has thrown`() async throws {
    struct Secret: Error, CustomStringConvertible { var description: String { "hunter2" } }
    try await withBroker { port in
      let alice = client(port) { $0.tokenProvider = { throw Secret() } }
      let error = await #expect(throws: ChatClientError.self) { try await alice.connect() }
      #expect(error?.code == .tokenUnavailable)
      #expect(error?.message.contains("hunter2") == false)
      await alice.close()
    }
  }
}
