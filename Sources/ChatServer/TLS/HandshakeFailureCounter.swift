import NIOCore
import NIOSSL
import NIOTLS

/// Counts a connection whose encryption could not be agreed on, and is gone as soon as it is.
///
/// Who connects and goes without a word, as a probe of the port does, is not counted. Confined to the channel's loop.
final class HandshakeFailureCounter: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer

  private let listener: Listener
  private let connections: Connections

  init(listener: Listener, connections: Connections) {
    self.listener = listener
    self.connections = connections
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.fireErrorCaught(error)
    guard case NIOSSLError.handshakeFailed(let reason) = error else { return }
    if reason != .sslError([.eofDuringHandshake]) { connections.countHandshakeFailure(listener) }
    remove(context)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // First, because a context that is removed has nobody to tell.
    context.fireUserInboundEventTriggered(event)
    if case TLSUserEvent.handshakeCompleted = event { remove(context) }
  }

  private func remove(_ context: ChannelHandlerContext) {
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }
}
