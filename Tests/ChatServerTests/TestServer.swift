import ChatCore
import ChatServer
import Logging
import NIOCore

/// Runs a server inside this process, on a free port, for the duration of `body`.
func withServer(
  store: any MessageStore = InMemoryStore(epoch: 1), loops: Int = 2,
  logger: Logger? = nil, configure: (inout ServerConfiguration) -> Void = { _ in },
  _ body: (SocketAddress, ChatServer) async throws -> Void
) async throws {
  var configuration = ServerConfiguration()
  configuration.port = 0
  configuration.loops = loops
  configuration.drain.spread = 0
  configuration.drain.grace = 200
  configure(&configuration)
  var quiet = Logger(label: "test")
  quiet.logLevel = .error
  let server = ChatServer(configuration: configuration, store: store, logger: logger ?? quiet)
  let address = try await server.start()
  do {
    try await body(address, server)
  } catch {
    await server.stop()
    throw error
  }
  await server.stop()
}
