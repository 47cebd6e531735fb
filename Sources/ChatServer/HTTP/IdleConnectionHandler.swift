import NIOCore

/// Closes an HTTP connection that gets no answer for a while: idle and slow clients take no place for long.
///
/// What comes does not count: a request has to be complete within that time. Removed when the connection becomes a
/// WebSocket, whose sessions have time-outs of their own. Confined to the channel's loop.
final class IdleConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let idleTime: TimeAmount
  private let place: ConnectionPlace
  private var lastAnswer = NIODeadline.distantPast
  private var check: Scheduled<Void>?

  /// - Parameter place: one that is refused has less time to fetch its answer.
  init(place: ConnectionPlace, limits: HTTPLimits = HTTPLimits()) {
    self.place = place
    idleTime = .milliseconds(place.refusal == nil ? limits.idleTime : limits.refusalTime)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    lastAnswer = context.eventLoop.now
    schedule(context, after: idleTime)
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    check?.cancel()
    place.becomeWebSocket()
  }

  func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
    lastAnswer = context.eventLoop.now
    context.write(data, promise: promise)
  }

  func channelInactive(context: ChannelHandlerContext) {
    check?.cancel()
    context.fireChannelInactive()
  }

  private func schedule(_ context: ChannelHandlerContext, after time: TimeAmount) {
    let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
    check = context.eventLoop.scheduleTask(in: time) {
      let (handler, context) = bound.value
      let silent = context.eventLoop.now - handler.lastAnswer
      if silent >= handler.idleTime {
        context.close(promise: nil)
      } else {
        handler.schedule(context, after: handler.idleTime - silent)
      }
    }
  }
}
