import ChatCore
import NIOCore
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(2))) struct ConnectionLimitTests {
  typealias Subprotocol = WebSocketTestClient.Subprotocol

  private func configure(_ configuration: inout ServerConfiguration) {
    configuration.limits.connectionRetryAfter = 2_500
    configuration.admin = AdminConfiguration(key: adminKeyText)
    configuration.admin?.port = 0
  }

  private func refusal(_ client: RawClient) async throws -> ChatError? {
    let frame = try await client.frame { if case .error = $0.body { true } else { false } }
    if case .error(let error) = frame.body { return error }
    return nil
  }

  @Test(
    "Over TCP, who comes beyond a limit is told so with when to come again, and closed",
    arguments: [true, false], ["connections", "connections_per_address"])
  func tcp(isEncrypted: Bool, limit: String) async throws {
    let certificates = try TestCertificates()
    let tls = isEncrypted ? try certificates.client() : nil
    try await withServer(configure: {
      configure(&$0)
      if isEncrypted { $0.tls = certificates.server() }
      if limit == "connections" { $0.limits.connections = 2 } else { $0.limits.connectionsPerAddress = 2 }
    }) { address, server in
      let first = try await RawClient.connect(address, user: "ann", tls: tls)
      let second = try await RawClient.connect(address, user: "bob", tls: tls)
      let third = try await RawClient.open(address, tls: tls)
      let error = try #require(try await refusal(third))
      #expect(error.code == .limitExceeded)
      #expect(error.retryAfter == 2_500)
      #expect(error.message.contains(limit))
      try await third.waitUntilClosed()
      #expect(third.failures.isEmpty, "\(third.failures)")
      #expect(await server.service?.statistics().limitsHit == [limit: 1])
      _ = try await first.publish("hello", to: "user:bob")
      #expect(try await second.message().sequence == 1)
      await second.close()
      #expect(
        try await eventually {
          (try? await RawClient.connect(address, user: "bob", tls: tls)) != nil
        })
    }
  }

  @Test func `A limit of connections that is hit again and again is logged, and not each time`() async throws
  {
    let lines = CapturedLines()
    try await withServer(logger: lines.logger(.info), configure: { $0.limits.connections = 1 }) {
      address, _ in
      let first = try await RawClient.connect(address, user: "ann")
      for _ in 0..<3 { try await (try RawClient.open(address)).waitUntilClosed() }
      func told() -> [CapturedLines.Line] { lines.all.filter { $0.message == "a limit was hit" } }
      #expect(try await eventually { !told().isEmpty })
      #expect(told().allSatisfy { $0.metadata["chat.limit"] == "connections" && $0.level == .warning })
      // The second look may come between two of them, and the next line about the limit comes later.
      #expect(told().count == 1)
      #expect(told()[0].metadata["chat.loop"] == nil)
      await first.close()
    }
  }

  @Test(
    "Over WebSocket, the same, behind the upgrade", arguments: Subprotocol.allCases)
  func webSocket(subprotocol: Subprotocol) async throws {
    try await withWebServer(configure: {
      configure(&$0)
      $0.limits.connectionsPerAddress = 1
    }) { _, server in
      let first = try await WebSocketTestClient.connect(server, subprotocol, user: "ann")
      let second = try await WebSocketTestClient.open(server, subprotocol)
      let frame = try await second.frame { if case .error = $0.body { true } else { false } }
      guard case .error(let error) = frame.body else { return }
      #expect(error.code == .limitExceeded)
      #expect(error.retryAfter == 2_500)
      #expect(try await second.closeCode() == 1_008)
      try await second.waitUntilClosed()
      _ = try await first.publish([1], to: "user:ann")
      #expect(await server.service?.statistics().limitsHit == ["connections_per_address": 1])
    }
  }

  @Test(
    "Over HTTP, the request is answered with a problem, and the connection closes",
    arguments: [("connections", 503), ("connections_per_address", 429)])
  func http(limit: String, status: Int) async throws {
    try await withWebServer(configure: {
      configure(&$0)
      if limit == "connections" { $0.limits.connections = 1 } else { $0.limits.connectionsPerAddress = 1 }
    }) { tcp, server in
      let session = try await RawClient.connect(tcp, user: "ann")
      let web = try #require(server.webAddress)
      try await HTTPTestConnection.open(web) { connection in
        try await connection.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        let response = try await connection.response()
        #expect(response.status == status)
        #expect(response["Retry-After"] == "3")
        #expect(response["Content-Type"] == "application/problem+json")
        #expect(response["Connection"] == "close")
        #expect(response.member("code") == "ERROR_CODE_LIMIT_EXCEEDED")
        #expect(response.member("retryAfterMs") == "2500")
        #expect(response.member("detail", as: String.self)?.contains(limit) == true)
        #expect(try await connection.rest() == "")
      }
      // Operators are not shut out.
      let admin = try #require(server.addresses.first { $0.name == "admin" }?.address)
      try await HTTPTestConnection.open(admin) { connection in
        let response = try await connection.request("GET", "/v1/statistics")
        #expect(response.status == 200)
        #expect(response.body.contains("\"\(limit)\":\"1\""))
      }
      await session.close()
      let isServed = try await eventually {
        var status = 0
        try await HTTPTestConnection.open(web) { connection in
          try await connection.send("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
          status = try await connection.response().status
        }
        return status == 200
      }
      #expect(isServed)
    }
  }
}
