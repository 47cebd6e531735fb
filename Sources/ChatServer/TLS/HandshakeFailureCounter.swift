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
    if case NIOSSLError.handshakeFailed = error {
      connections.countHandshakeFailure(listener)
      remove(context)
    }
    context.fireErrorCaught(error)
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted = event { remove(context) }
    context.fireUserInboundEventTriggered(event)
  }

  private func remove(_ context: ChannelHandlerContext) {
    context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
  }
}
