import ChatCore
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix

@testable import ChatServer

let adminKeyText = "0123456789abcdef-key"

/// Listens on a free loopback port for the duration of `body`.
func withHTTP(
  _ broker: ScriptedBroker = ScriptedBroker(), limits: HTTPLimits = HTTPLimits(),
  _ body: (SocketAddress) async throws -> Void
) async throws {
  guard let key = AdminKey(adminKeyText) else { preconditionFailure("no key") }
  let responder = HTTPResponder.admin(
    broker: broker, key: CurrentAdminKey(key), limits: limits, logger: Logger(label: "test"))
  try await withHTTP(responder, body)
}

/// Listens on a free loopback port for the duration of `body`.
func withHTTP(
  _ responder: HTTPResponder, upgraders: @escaping @Sendable () -> [any HTTPServerProtocolUpgrader] = { [] },
  halfClosure: Bool = false, _ body: (SocketAddress) async throws -> Void
) async throws {
  let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
    .childChannelOption(.allowRemoteHalfClosure, value: halfClosure)
    .childChannelInitializer { channel in
      channel.eventLoop.makeCompletedFuture {
        try responder.addHandlers(to: channel, upgraders: upgraders())
      }
    }
    .bind(host: "127.0.0.1", port: 0).get()
  guard let address = listener.localAddress else { preconditionFailure("not bound") }
  do {
    try await body(address)
  } catch {
    try await listener.close()
    throw error
  }
  try await listener.close()
}
