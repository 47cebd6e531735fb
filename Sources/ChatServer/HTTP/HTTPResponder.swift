import ChatCore
package import Logging
package import NIOCore
package import NIOHTTP1

/// Answers the requests of one HTTP listener.
///
/// ```swift
/// let responder = HTTPResponder.admin(broker: broker, key: key, logger: logger)
/// bootstrap.childChannelInitializer { channel in
///   channel.eventLoop.makeCompletedFuture { try responder.addHandlers(to: channel) }
/// }
/// ```
package struct HTTPResponder: Sendable {
  /// A request whose body may come.
  struct Call: Sendable {
    let route: Route
    var request: HTTPRequest
  }

  /// The bounds of a connection.
  let limits: HTTPLimits
  let table: RouteTable
  let key: CurrentAdminKey?
  /// Requests that have no response yet: a server that stops waits for them.
  let calls: CallGate
  let logger: Logger

  /// - Parameter key: what opens routes that are not open to all; without one nothing does.
  init(
    routes: [Route], key: CurrentAdminKey?, limits: HTTPLimits = HTTPLimits(), calls: CallGate = CallGate(),
    logger: Logger
  ) {
    self.calls = calls
    self.limits = limits
    self.key = key
    self.logger = logger
    table = RouteTable(routes: routes)
  }

  /// Answers on the public listener: the chat page and its assets.
  package static func publicPages(limits: HTTPLimits = HTTPLimits(), logger: Logger) -> HTTPResponder {
    HTTPResponder(routes: WebPages.chatRoutes + [webSocketRoute], key: nil, limits: limits, logger: logger)
  }

  /// Answers on the admin listener: the console page and the API.
  static func admin(
    broker: any BrokerService, key: CurrentAdminKey, limits: HTTPLimits = HTTPLimits(),
    calls: CallGate = CallGate(),
    logger: Logger
  ) -> HTTPResponder {
    HTTPResponder(
      routes: WebPages.adminRoutes + AdminRoutes.all(broker), key: key, limits: limits, calls: calls,
      logger: logger)
  }

  /// Makes a connection speak HTTP. Must be called on the channel's loop.
  ///
  /// A client that is refused by an upgrader gets the problem document of the ``HTTPFailure`` that
  /// `buildUpgradeResponse` fails with. After an upgrade nothing of HTTP is left in the pipeline.
  ///
  /// - Parameters:
  ///   - upgraders: protocols that a connection may be upgraded to.
  ///   - refusal: what the first request is answered with, whatever it is; an upgrader has to see to that itself.
  /// - Throws: if the channel is closed.
  package func addHandlers(
    to channel: any Channel, upgraders: [any HTTPServerProtocolUpgrader] = [], refusal: HTTPFailure? = nil
  ) throws {
    let handler = HTTPConnectionHandler(responder: self, mayUpgrade: !upgraders.isEmpty, refusal: refusal)
    let own = NIOLoopBound(handler, eventLoop: channel.eventLoop)
    let upgrade: NIOHTTPServerUpgradeConfiguration? =
      upgraders.isEmpty
      ? nil
      : (
        upgraders: upgraders,
        completionHandler: { $0.pipeline.syncOperations.removeHandler(own.value, promise: nil) }
      )
    var decoding = NIOHTTPDecoderLimitConfiguration()
    decoding.maxHeaderFieldSize = limits.parserBytes
    decoding.maxHeaderListSize = limits.parserBytes
    // The table of this many is bounded by the bytes, too; ours are counted when the head is complete.
    decoding.maxHeaderFieldCount = max(limits.headerFields * 2, 256)
    let pipeline = channel.pipeline.syncOperations
    try pipeline.configureHTTPServerPipeline(
      withServerUpgrade: upgrade, withErrorHandling: false,
      withEncoderConfiguration: HTTPResponseEncoder.Configuration(),
      withDecoderLimitConfiguration: decoding)
    try pipeline.addHandler(handler)
  }

  // MARK: For the connection

  func respond(to call: Call) async -> HTTPResponse {
    do {
      return try await call.route.answer(call.request)
    } catch let failure as HTTPFailure {
      return failure.response
    } catch let error as ChatError {
      return HTTPFailure(error).response
    } catch {
      // Not its words: they may hold what the client has sent.
      logger.error(
        "a request failed",
        metadata: [
          "event.action": "http-request", "event.outcome": "failure", "chat.route": "\(call.route.pattern)",
          "http.request.id": "\(call.request.id)", "error.type": "\(type(of: error))",
        ])
      return HTTPFailure(
        .internalServerError, "the broker failed to answer: please report this with the broker's log",
        code: .internal
      ).response
    }
  }
}

extension HTTPResponder {
  /// What a client gets that is no WebSocket client; the upgrade happens before a request comes here.
  private static let webSocketRoute = Route(.GET, "/v1/ws", access: .open) { _ in
    throw HTTPFailure(
      .upgradeRequired, "this path is for WebSocket clients: connect with ws:// or wss://",
      headers: [("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13")])
  }
}
