import Logging
import NIOCore

/// What the connections of each listener go through.
struct ConnectionPipelines: Sendable {
  /// A connection was closed without a word, because too many are refused already.
  private struct Dropped: Error {}

  let configuration: ServerConfiguration
  let loops: LoopPorts
  let service: NodeService
  let certificates: Certificates
  let logger: Logger

  /// A client over TCP.
  var tcp: @Sendable (any Channel) throws -> Void {
    return { channel in
      let (place, isEncrypted) = try begin(.tcp, channel)
      try channel.pipeline.syncOperations.addHandler(
        SessionHandler(
          driver: loops.port(of: channel).value, isEncrypted: isEncrypted, refusal: place.error))
    }
  }

  /// A browser, or a client over WebSocket.
  func web(_ settings: WebConfiguration) -> @Sendable (any Channel) throws -> Void {
    let responder = HTTPResponder.publicPages(logger: logger)
    let upgrade = WebSocketUpgrade(
      responder: responder,
      origins: OriginRules(allowed: settings.allowedOrigins),
      messageBytes: { [limits = service.limits] in limits.withLockedValue { $0.clientMessageBytes } })
    return { channel in
      let (place, isEncrypted) = try beginHTTP(.http, channel)
      let upgrader = upgrade.upgrader(
        try loops.port(of: channel), isEncrypted: isEncrypted, refusal: place.error)
      try responder.addHandlers(to: channel, upgraders: [upgrader], refusal: place.failure)
    }
  }

  /// An operator, or a program that uses the HTTP API.
  ///
  /// - Throws: ``ServerError/Code/configuration`` if the key is not allowed.
  func admin(_ settings: AdminConfiguration) throws(ServerError) -> @Sendable (any Channel) throws -> Void {
    guard let key = service.adminKey else { throw ServerError.adminKey }
    let responder = HTTPResponder.admin(
      broker: service, key: key, calls: service.httpCalls, logger: logger)
    return { channel in
      let (place, _) = try beginHTTP(.admin, channel)
      try responder.addHandlers(to: channel, refusal: place.failure)
    }
  }

  private func beginHTTP(
    _ listener: Listener, _ channel: any Channel
  ) throws -> (place: ConnectionPlace, isEncrypted: Bool) {
    let (place, isEncrypted) = try begin(listener, channel)
    let pipeline = channel.pipeline.syncOperations
    if isEncrypted {
      try pipeline.addHandler(
        HandshakeTimer(
          milliseconds: service.limits.withLockedValue { $0.handshakeTimeout },
          connections: service.connections))
    }
    try pipeline.addHandler(IdleConnectionHandler(place: place))
    return (place, isEncrypted)
  }

  /// Counts a connection, and encrypts it if its listener does.
  private func begin(
    _ listener: Listener, _ channel: any Channel
  ) throws -> (place: ConnectionPlace, isEncrypted: Bool) {
    guard let place = service.connections.enter(listener, channel) else { throw Dropped() }
    guard let encryption = certificates.handler(for: listener) else { return (place, false) }
    try channel.pipeline.syncOperations.addHandlers(
      encryption, HandshakeFailureCounter(listener: listener, connections: service.connections))
    return (place, true)
  }
}

extension ServerError {
  static let adminKey = ServerError(
    .configuration,
    "admin.key is not allowed: use \(AdminKey.minimumBytes) or more visible ASCII characters, such as those of "
      + "`openssl rand -hex 24`")
}
