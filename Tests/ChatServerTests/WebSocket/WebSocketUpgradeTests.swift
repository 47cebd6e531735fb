import ChatCore
import NIOCore
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(3))) struct WebSocketUpgradeTests {
  /// The status of the answer to a handshake, and the subprotocol in it.
  private func upgrade(
    _ server: ChatServer, _ handshake: String
  ) async throws -> (status: Int, subprotocol: String?, detail: String?) {
    let address = try #require(server.webAddress)
    var answer: HTTPTestConnection.Response?
    try await HTTPTestConnection.open(address) { connection in
      try await connection.send(handshake)
      let response = try await connection.response(hasBody: true)
      answer = response
    }
    let response = try #require(answer)
    return (response.status, response["Sec-WebSocket-Protocol"], response.member("detail"))
  }

  @Test(
    "The first subprotocol that there is gets chosen",
    arguments: [
      ("chat.v1.json", "chat.v1.json"), ("chat.v1.protobuf", "chat.v1.protobuf"),
      ("chat.v1.protobuf, chat.v1.json", "chat.v1.protobuf"),
      ("other, chat.v1.json,chat.v1.protobuf", "chat.v1.json"),
    ])
  func subprotocols(wanted: String, chosen: String) async throws {
    try await withWebServer { _, server in
      let answer = try await upgrade(server, WebSocketTestClient.handshake(wanted))
      #expect(answer.status == 101)
      #expect(answer.subprotocol == chosen)
    }
  }

  @Test func `What is not allowed is refused with a sentence that helps`() async throws {
    try await withWebServer(configure: { $0.web?.allowedOrigins = ["https://shop.example"] }) { _, server in
      let json = "chat.v1.json"
      let cases: [(handshake: String, status: Int, detail: String)] = [
        (WebSocketTestClient.handshake(nil), 400, "chat.v1.json"),
        (WebSocketTestClient.handshake("chat.v2.json"), 400, "chat.v1.json"),
        (WebSocketTestClient.handshake(json, path: "/v1/other"), 404, "/v1/ws"),
        (
          WebSocketTestClient.handshake(json, headers: ["Origin: https://evil.example"]), 403,
          "--allow-origin"
        ),
        (
          WebSocketTestClient.handshake(
            json, host: "evil.example", headers: ["Origin: http://evil.example"]), 403, "--allow-origin"
        ),
      ]
      for (handshake, status, detail) in cases {
        let answer = try await upgrade(server, handshake)
        #expect(answer.status == status)
        #expect(answer.detail?.contains(detail) == true, "\(answer)")
      }
      for origin in ["http://localhost", "https://shop.example"] {
        let handshake = WebSocketTestClient.handshake(
          json, path: "/v1/ws?a=b", headers: ["Origin: \(origin)"])
        #expect(try await upgrade(server, handshake).status == 101)
      }
    }
  }

  @Test func `Frames that come with the handshake are read`() async throws {
    try await withWebServer { _, server in
      let address = try #require(server.webAddress)
      try await HTTPTestConnection.open(address) { connection in
        let ping = WebSocketTestClient.frame(.ping, [1, 2])
        try await connection.send(
          bytes: Array(WebSocketTestClient.handshake("chat.v1.json").utf8) + ping
            + WebSocketTestClient.frame(.close))
        #expect(try await connection.response(hasBody: false).status == 101)
        // Pong and Close, of which the first bytes are no text.
        #expect(try await connection.rest() == "\u{fffd}\u{2}\u{1}\u{2}\u{fffd}\0")
      }
    }
  }
}
