import NIOCore
import NIOTLS

/// Closes a connection whose encryption is not agreed on in time, and counts it. Over TCP the session's own time for
/// `Connect` covers that.
///
/// Confined to the channel's loop.
final class HandshakeTimer: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let time: TimeAmount
  private let connections: Connections
  private var timer: Scheduled<Void>?

  /// - Parameter milliseconds: the time from the beginning of the connection.
  init(milliseconds: UInt64, connections: Connections) {
    time = .milliseconds(Int64(clamping: milliseconds))
    self.connections = connections
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let channel = context.channel
    timer = context.eventLoop.scheduleTask(in: time) { [connections] in
      connections.hit(.handshakeTimeout)
      channel.close(promise: nil)
    }
  }

  func handlerRemoved(context: ChannelHandlerContext) { timer?.cancel() }

  func channelInactive(context: ChannelHandlerContext) {
    timer?.cancel()
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted = event {
      timer?.cancel()
    }
    context.fireUserInboundEventTriggered(event)
  }
}
