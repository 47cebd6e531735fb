import NIOCore

/// Copies what is read, on the loop.
///
/// NIO uses its memory again as soon as nobody else holds it. Thread Sanitizer does not see that giving it back, which
/// is the standard library's and not built for it, comes before.
final class OwnBytesHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias InboundOut = [UInt8]

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    context.fireChannelRead(wrapInboundOut(Array(unwrapInboundIn(data).readableBytesView)))
  }
}
