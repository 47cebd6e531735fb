import ChatCore
import NIOCore

@testable import ChatServer

/// Runs a server that listens for WebSocket clients, too.
func withWebServer(
  store: any MessageStore = InMemoryStore(epoch: 1), loops: Int = 2,
  configure: (inout ServerConfiguration) -> Void = { _ in },
  _ body: (SocketAddress, ChatServer) async throws -> Void
) async throws {
  try await withServer(
    store: store, loops: loops,
    configure: {
      var web = WebConfiguration()
      web.port = 0
      $0.web = web
      configure(&$0)
    }, body)
}

extension NodeService {
  /// What NIO holds for each session of a user, in bytes.
  func heldBytes(of user: String) async throws -> [Int] {
    let user = try UserID(user)
    return await onAllLoops { driver in
      driver.sessions(of: user).compactMap { driver.heldBytes(of: $0.id) }
    }.flatMap { $0 }
  }
}

extension LoopDriver {
  /// What NIO holds for a session, in bytes; nil: its connection has ended.
  func heldBytes(of session: SessionID) -> Int? {
    try? connection(of: session)?.context?.channel.syncOptions?.getOption(.bufferedWritableBytes)
  }
}

/// Whether something comes true soon.
func eventually(_ isTrue: () async throws -> Bool) async throws -> Bool {
  for _ in 0..<2_000 {
    if try await isTrue() { return true }
    try await Task.sleep(for: .milliseconds(5))
  }
  return false
}
