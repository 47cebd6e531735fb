import ChatCore
import NIOCore
import NIOTLS

/// A TCP connection's end of its pipeline: hands what NIO reads to the loop's router.
///
/// Confined to the channel's loop.
final class SessionHandler: ChannelInboundHandler, SessionConnection {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let driver: LoopDriver
  private let isEncrypted: Bool
  /// Why there is no session for this connection.
  private var refusal: ChatError?
  private(set) var context: ChannelHandlerContext?
  private(set) var session: SessionID?

  /// - Parameter refusal: what the client is told instead of getting a session.
  init(driver: LoopDriver, isEncrypted: Bool = false, refusal: ChatError? = nil) {
    self.driver = driver
    self.isEncrypted = isEncrypted
    self.refusal = refusal
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    if context.channel.isActive { activate(context) }
  }

  func channelActive(context: ChannelHandlerContext) {
    activate(context)
    context.fireChannelActive()
  }

  private func activate(_ context: ChannelHandlerContext) {
    guard session == nil else { return }
    guard let socket = context.sessionSocket(.stream, isEncrypted: isEncrypted) else {
      return context.close(promise: nil)
    }
    do throws(ChatError) {
      if let refusal { throw refusal }
      session = try driver.accept(self, through: socket)
    } catch {
      refusal = error
      // An encrypted connection can be told nothing yet.
      if isEncrypted { cut(context.channel, in: Self.refusalTime) } else { refuse(error, context) }
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case TLSUserEvent.handshakeCompleted = event, let refusal { refuse(refusal, context) }
    context.fireUserInboundEventTriggered(event)
  }

  /// Tells a connection that gets no session why, then closes it.
  private func refuse(_ error: ChatError, _ context: ChannelHandlerContext) {
    var codec = FrameCodec(decodingBytes: 0)
    var frame = FrameBuffer()
    codec.encode(ServerFrame(body: .error(error)), into: &frame)
    context.writeAndFlush(
      wrapOutboundOut(context.channel.allocator.buffer(bytes: frame.readable)), promise: nil)
    linger()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let session else { return }
    unwrapInboundIn(data).withUnsafeReadableBytes { driver.receive($0, from: session) }
  }

  /// Ends here: nobody behind this handler wants to know, and it comes with each message.
  func channelReadComplete(context: ChannelHandlerContext) {}

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end()
    self.context = nil
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    driver.noteConnectionError(error, session: session)
    context.close(promise: nil)
  }

  private func end() {
    if let session { driver.closed(session) }
    session = nil
  }

  /// One byte of the rest goes through NIO, which tells when the socket takes bytes again; the rest stays where
  /// it is.
  func blocked(at count: Int, of pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult {
    guard let context, let byte = Self.byte(at: count, of: pieces) else { return .blocked(count) }
    driver.afterFlush { self.wakeWhenWritten(ByteBuffer(bytes: [byte]), context: context) }
    return .blocked(count + 1)
  }

  func write(_ bytes: ByteBuffer) {
    guard let context else { return }
    context.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    if context.hasWrittenAll {
      if let session { driver.writable(session) }
    } else {
      // A write of nothing is told of when all before it is out, and most need none.
      wakeWhenWritten(ByteBuffer(), context: context)
    }
  }

  func close(for reason: ErrorCode?) { linger() }

  private func wakeWhenWritten(_ buffer: ByteBuffer, context: ChannelHandlerContext) {
    let taken = context.eventLoop.makePromise(of: Void.self)
    taken.futureResult.assumeIsolated().whenSuccess { [self] in
      driver.afterFlush { if let session = self.session { self.driver.writable(session) } }
    }
    context.writeAndFlush(wrapOutboundOut(buffer), promise: taken)
  }

  private static func byte(at offset: Int, of pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> UInt8? {
    var offset = offset
    for piece in pieces {
      if offset < piece.count { return piece[offset] }
      offset -= piece.count
    }
    return nil
  }
}
