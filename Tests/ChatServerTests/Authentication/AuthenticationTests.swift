import ChatCore
import NIOCore
import Testing

@testable import ChatServer

/// Through real sockets: TCP, and WebSocket with protobuf and with JSON.
@Suite(.timeLimit(.minutes(2))) struct AuthenticationTests {
  enum Transport: CaseIterable {
    case tcp
    case protobuf
    case json
  }

  /// What the tests need of a client, whichever it is.
  private struct Client: Sendable {
    let request: @Sendable (ClientFrame.Body) async throws -> ServerFrame.Body
    let frame: @Sendable (@escaping @Sendable (ServerFrame) -> Bool) async throws -> ServerFrame

    init(_ transport: Transport, _ address: SocketAddress, _ server: ChatServer) async throws {
      switch transport {
      case .tcp:
        let client = try await RawClient.open(address)
        request = { try await client.request($0) }
        frame = { try await client.frame($0) }
      case .protobuf, .json:
        let client = try await WebSocketTestClient.open(server, transport == .json ? .json : .protobuf)
        request = { try await client.request($0) }
        frame = { try await client.frame($0) }
      }
    }

    func connect(_ token: String, user: String = "") async throws -> ServerFrame.Body {
      var connect = ClientFrame.Connect()
      connect.token = token
      connect.user = user
      return try await request(.connect(connect))
    }

    func code(_ body: ClientFrame.Body) async throws -> ErrorCode? {
      if case .error(let error) = try await request(body) { error.code } else { nil }
    }
  }

  private func token(_ user: String, seconds: Int64 = 600, grants: [(String, [String])]? = nil) async throws
    -> String
  {
    var contents = TokenSigner.Contents()
    contents.user = user
    contents.expiresAt = Moment.now().unixTime / 1_000 + seconds
    contents.grants = grants?.map { ($0.0, $0.1) }
    return try await TokenSigner(secret: TestKeys.secret).sign(contents)
  }

  private func withAuthentication(
    skew: UInt64 = 0, configure: (inout ServerConfiguration) -> Void = { _ in },
    _ body: (SocketAddress, ChatServer, TokenVerifier) async throws -> Void
  ) async throws {
    var rules = TokenRules()
    rules.clockSkew = skew
    let verifier = TokenVerifier(try await .secret(TestKeys.secret), rules: rules)
    try await withWebServer(
      configure: {
        $0.tokenVerifier = verifier
        configure(&$0)
      }
    ) { address, server in try await body(address, server, verifier) }
  }

  @Test(arguments: Transport.allCases)
  func `who has a token gets in as its user, and who has none does not`(transport: Transport) async throws {
    try await withAuthentication { address, server, _ in
      guard
        case .connected(let connected) = try await Client(transport, address, server).connect(
          try await token("alice"))
      else {
        Issue.record("not connected")
        return
      }
      #expect(connected.user == "alice")
      for (token, user, code) in [
        ("", "alice", ErrorCode.unauthenticated), ("x.y.z", "alice", .unauthenticated),
        (try await token("alice"), "bob", .permissionDenied),
        (try await token("alice", seconds: -1), "", .unauthenticated),
      ] {
        guard case .error(let error) = try await Client(transport, address, server).connect(token, user: user)
        else {
          Issue.record("\(user) got in")
          continue
        }
        #expect(error.code == code)
      }
      let metrics = await server.service?.metrics() ?? ""
      #expect(metrics.contains("chat_auth_failures_total{reason=\"missing\"} 1\n"))
      #expect(metrics.contains("chat_auth_failures_total{reason=\"malformed\"} 1\n"))
      #expect(metrics.contains("chat_auth_failures_total{reason=\"other_user\"} 1\n"))
      #expect(metrics.contains("chat_auth_failures_total{reason=\"expired\"} 1\n"))
    }
  }

  @Test(arguments: Transport.allCases)
  func `a token grants what it names and nothing else`(transport: Transport) async throws {
    try await withAuthentication { address, server, _ in
      let client = try await Client(transport, address, server)
      _ = try await client.connect(
        try await token(
          "kiosk", grants: [("broadcast:news", ["subscribe"]), ("group:team/*", ["publish", "subscribe"])]))
      var publish = ClientFrame.Publish()
      publish.to = ["broadcast:news"]
      #expect(try await client.code(.publish(publish)) == .permissionDenied)
      #expect(try await client.code(.subscribe(.init(conversation: "broadcast:news"))) == nil)
      #expect(try await client.code(.subscribe(.init(conversation: "broadcast:other"))) == .permissionDenied)
      #expect(try await client.code(.join(conversation: "group:team/1")) == nil)
      #expect(try await client.code(.join(conversation: "group:lobby")) == .permissionDenied)
      #expect(try await client.code(.history(.init(conversation: "group:team/1"))) == .permissionDenied)
      publish.to = ["group:team/1"]
      #expect(try await client.code(.publish(publish)) == nil)
    }
  }

  @Test(arguments: Transport.allCases)
  func `a session is warned, goes on with a new token, and ends with it`(transport: Transport) async throws {
    try await withAuthentication { address, server, _ in
      let client = try await Client(transport, address, server)
      _ = try await client.connect(try await token("alice", seconds: 4))
      let warning = try await client.frame {
        if case .event(.tokenExpiring) = $0.body { true } else { false }
      }
      guard case .event(.tokenExpiring(let expiresIn)) = warning.body else { return }
      #expect((1...2_000).contains(expiresIn))
      #expect(try await client.code(.refresh(token: try await token("alice", seconds: 6))) == nil)
      #expect(try await client.code(.refresh(token: "no token")) == .limitExceeded)
      // The second warning shows that the first token's end has done no harm.
      _ = try await client.frame { if case .event(.tokenExpiring) = $0.body { true } else { false } }
      let end = try await client.frame { if case .error = $0.body { $0.requestID == 0 } else { false } }
      guard case .error(let error) = end.body else { return }
      #expect(error.code == .unauthenticated)
      #expect(error.message.contains("expired"))
    }
  }

  @Test func `keys are replaced without a restart, and sessions stay`() async throws {
    try await withAuthentication { address, server, verifier in
      let client = try await Client(.tcp, address, server)
      _ = try await client.connect(try await token("alice"))
      verifier.replaceKeys(try await .secret(TestKeys.otherSecret))
      #expect(try await client.code(.ping) == nil)
      guard case .error(let error) = try await Client(.tcp, address, server).connect(try await token("alice"))
      else {
        Issue.record("the old key still counts")
        return
      }
      #expect(error.code == .unauthenticated)
      var contents = TokenSigner.Contents()
      contents.user = "alice"
      let new = try await TokenSigner(secret: TestKeys.otherSecret).sign(contents)
      guard case .connected = try await Client(.tcp, address, server).connect(new) else {
        Issue.record("the new key does not count")
        return
      }
    }
  }

  @Test func `many who connect at once are each answered by their own token`() async throws {
    try await withAuthentication { address, server, _ in
      try await withThrowingTaskGroup { group in
        for number in 0..<50 {
          group.addTask {
            let user = "user-\(number)"
            guard
              case .connected(let connected) = try await Client(.tcp, address, server).connect(
                try await token(user))
            else { return false }
            return connected.user == user
          }
        }
        for try await isRight in group { #expect(isRight) }
      }
    }
  }

  @Test func `without authentication everybody is who they say`() async throws {
    try await withWebServer { address, server in
      let client = try await Client(.tcp, address, server)
      guard case .connected(let connected) = try await client.connect("", user: "bob") else {
        Issue.record("not connected")
        return
      }
      #expect(connected.user == "bob")
    }
  }

  @Test func `a rate over real sockets is told with the time to wait`() async throws {
    try await withWebServer(configure: { $0.limits.publishesPerSecondPerUser = 5 }) { address, _ in
      let client = try await RawClient.connect(address, user: "alice")
      var refused: ChatError?
      for _ in 0..<50 where refused == nil {
        do {
          _ = try await client.publish("x", to: "broadcast:news")
        } catch let error as ChatError {
          refused = error
        }
      }
      #expect(refused?.code == .limitExceeded)
      #expect(refused?.message.contains("publishes_per_second_per_user is 5") == true)
      #expect((1...1_000).contains(refused?.retryAfter ?? 0))
    }
  }
}
