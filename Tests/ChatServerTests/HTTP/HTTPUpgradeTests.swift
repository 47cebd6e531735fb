import Logging
import NIOCore
import NIOHTTP1
import Testing

@testable import ChatServer

/// Stands in for the WebSocket upgrade: refuses with a sentence, or turns the connection into an echo.
private final class ScriptedUpgrader: HTTPServerProtocolUpgrader, Sendable {
  let supportedProtocol = "echo"
  let requiredUpgradeHeaders: [String] = []

  func buildUpgradeResponse(
    channel: any Channel, upgradeRequest: HTTPRequestHead, initialResponseHeaders: HTTPHeaders
  ) -> EventLoopFuture<HTTPHeaders> {
    guard upgradeRequest.headers.contains(name: "Origin") else {
      return channel.eventLoop.makeSucceededFuture(initialResponseHeaders)
    }
    return channel.eventLoop.makeFailedFuture(HTTPFailure(.forbidden, "come from elsewhere"))
  }

  func upgrade(context: ChannelHandlerContext, upgradeRequest: HTTPRequestHead) -> EventLoopFuture<Void> {
    context.eventLoop.makeCompletedFuture { try context.pipeline.syncOperations.addHandler(Echo()) }
  }

  private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      context.writeAndFlush(data, promise: nil)
    }
  }
}

@Suite struct HTTPUpgradeTests {
  private let responder = HTTPResponder.publicPages(logger: Logger(label: "test"))

  @Test func `After an upgrade nothing of HTTP is left, and what was sent ahead is there`() async throws {
    try await withHTTP(responder, upgraders: { [ScriptedUpgrader()] }) { address in
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send(
          "GET /v1/ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\nahead\r\n\r\n")
        #expect(try await connection.response(hasBody: false).status == 101)
        try await connection.send("GET / HTTP/1.1\r\n\r\n")
        connection.finish()
        #expect(try await connection.rest() == "ahead\r\n\r\nGET / HTTP/1.1\r\n\r\n")
      }
    }
  }

  @Test func `An upgrade that is refused says why`() async throws {
    try await withHTTP(responder, upgraders: { [ScriptedUpgrader()] }) { address in
      try await HTTPTestConnection.open(address) { connection in
        try await connection.send(
          "GET /v1/ws HTTP/1.1\r\nHost: a\r\nOrigin: b\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n")
        let response = try await connection.response()
        #expect(response.status == 403)
        #expect(response.member("detail") == "come from elsewhere")
        #expect(response["Connection"] == "close")
        #expect(try await connection.rest().isEmpty)
      }
    }
  }

  @Test(
    "Pages are served beside the upgrade, each on its own connection: only the first request may upgrade one",
    arguments: [("/", 200), ("/v1/ws", 426), ("/none", 404)])
  func pages(path: String, status: Int) async throws {
    try await withHTTP(responder, upgraders: { [ScriptedUpgrader()] }) { address in
      try await HTTPTestConnection.open(address) { connection in
        let response = try await connection.request("GET", path)
        #expect(response.status == status)
        #expect(response["Connection"] == "close")
        #expect(try await connection.rest().isEmpty)
      }
    }
  }
}
