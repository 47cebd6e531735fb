import ChatCore
import NIOCore
import NIOHTTP1
import NIOWebSocket

/// Makes a WebSocket session of a request for `/v1/ws`.
struct WebSocketUpgrade: Sendable {
  static let path = "/v1/ws"

  let responder: HTTPResponder
  let origins: OriginRules
  /// The most in one message of a client, for connections that come now.
  let messageBytes: @Sendable () -> Int

  /// What decides about requests of one connection.
  ///
  /// - Parameters:
  ///   - port: of the connection's loop.
  ///   - refusal: what the client is told when it has a WebSocket, instead of getting a session.
  func upgrader(_ port: LoopPort, isEncrypted: Bool, refusal: ChatError?) -> NIOWebSocketServerUpgrader {
    let messageBytes = messageBytes()
    return NIOWebSocketServerUpgrader(
      maxFrameSize: messageBytes, automaticErrorHandling: false,
      shouldUpgrade: { channel, head in
        channel.eventLoop.makeCompletedFuture { () throws -> HTTPHeaders? in
          // What cannot be told is taken for the least trusted.
          try self.headers(
            for: head, isLoopback: channel.localAddress?.isLoopback ?? true, isEncrypted: isEncrypted)
        }
      },
      upgradePipelineHandler: { channel, head in
        channel.eventLoop.makeCompletedFuture {
          guard let format = Self.subprotocol(of: head)?.format else { throw Self.noSubprotocol }
          let pipeline = channel.pipeline.syncOperations
          pipeline.removeHandler(try pipeline.handler(type: IdleConnectionHandler.self), promise: nil)
          try pipeline.addHandler(
            WebSocketSessionHandler(
              driver: port.value, format: format, messageBytes: messageBytes, isEncrypted: isEncrypted,
              refusal: refusal))
        }
      })
  }

  /// - Throws: ``HTTPFailure``, which the client is told.
  private func headers(
    for head: HTTPRequestHead, isLoopback: Bool, isEncrypted: Bool
  ) throws(HTTPFailure) -> HTTPHeaders {
    try responder.admitUpgrade(head)
    guard head.uri.prefix(while: { $0 != "?" }) == Self.path else {
      throw .notFound("there is no WebSocket at this path: it is at \(Self.path)")
    }
    let origin = head.headers.first(name: "Origin")
    let host = head.headers.first(name: "Host")
    guard origins.allows(origin, host: host, isLoopback: isLoopback, isEncrypted: isEncrypted) else {
      throw HTTPFailure(
        .forbidden,
        "pages of another origin may not connect: the broker's operator allows one with --allow-origin",
        code: .permissionDenied)
    }
    guard let subprotocol = Self.subprotocol(of: head) else { throw Self.noSubprotocol }
    return ["Sec-WebSocket-Protocol": subprotocol.name]
  }

  private static var noSubprotocol: HTTPFailure {
    HTTPFailure(
      .badRequest,
      "ask for a subprotocol with Sec-WebSocket-Protocol: chat.v1.json or chat.v1.protobuf",
      code: .invalidArgument)
  }

  /// The first one of the client's list that there is.
  private static func subprotocol(of head: HTTPRequestHead) -> (name: String, format: WireFormat)? {
    for name in head.headers[canonicalForm: "Sec-WebSocket-Protocol"] {
      switch name {
      case "chat.v1.json": return ("chat.v1.json", .json)
      case "chat.v1.protobuf": return ("chat.v1.protobuf", .messages)
      default: continue
      }
    }
    return nil
  }
}
