import ChatCore
import NIOCore
import NIOEmbedded
import NIOSSL
import NIOTLS
import Testing

@testable import ChatServer

struct HandshakeTests {
  private let connections = Connections(Limits())
  private let channel = EmbeddedChannel()

  /// A connection that has begun, and has 100 ms to agree on its encryption.
  init() throws {
    try channel.pipeline.syncOperations.addHandlers(
      HandshakeFailureCounter(listener: .http, connections: connections),
      HandshakeTimer(milliseconds: 100, connections: connections))
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  private func fails(because reason: BoringSSLError) {
    channel.pipeline.fireErrorCaught(NIOSSLError.handshakeFailed(reason))
    #expect(throws: NIOSSLError.self) { try channel.throwIfErrorCaught() }
  }

  @Test func `A connection that has agreed on its encryption stays`() {
    channel.pipeline.fireUserInboundEventTriggered(TLSUserEvent.handshakeCompleted(negotiatedProtocol: nil))
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(channel.isActive)
    #expect(connections.hits["handshake_timeout"] ?? 0 == 0)
  }

  @Test func `One that has not agreed in time is closed`() {
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(!channel.isActive)
    #expect(connections.hits["handshake_timeout"] == 1)
  }

  @Test func `What was not agreed on is counted once, for its listener`() {
    fails(because: .noError)
    fails(because: .noError)
    #expect(connections.handshakeFailures(.http) == 1)
    #expect(connections.handshakeFailures(.tcp) == 0)
  }

  @Test func `Who goes before anything was agreed on is not counted`() {
    fails(because: .sslError([.eofDuringHandshake]))
    #expect(connections.handshakeFailures(.http) == 0)
  }
}
