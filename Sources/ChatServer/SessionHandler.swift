import ChatCore
import NIOCore

/// A connection's end of its pipeline: hands what NIO reads to the loop's router.
///
/// Confined to the channel's loop.
final class SessionHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer
  typealias OutboundOut = ByteBuffer

  private let driver: LoopDriver
  private(set) var context: ChannelHandlerContext?
  private(set) var session: SessionID?
  private(set) var socket: CInt = -1

  init(driver: LoopDriver) {
    self.driver = driver
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
    let handle = try? context.channel.pipeline.syncOperations
      .withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
    guard let handle else {
      // Not a socket: nothing of ours can have made it.
      return context.close(promise: nil)
    }
    socket = handle
    do {
      session = try driver.accept(self)
    } catch {
      driver.refuse(error, context: context)
    }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard let session else { return }
    unwrapInboundIn(data).withUnsafeReadableBytes { driver.receive($0, from: session) }
  }

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

  /// Offers pieces to the socket. When it does not take all, one byte of the rest goes through NIO, which
  /// tells when the socket takes bytes again; the rest stays where it is.
  func send(_ pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult {
    guard let context, session != nil, context.channel.isActive else { return .failed }
    var offered = 0
    for piece in pieces { offered += piece.count }
    switch DirectSend.send(pieces, to: socket) {
    case .failed:
      later { context.close(promise: nil) }
      return .failed
    case .sent(let count) where count == offered:
      return .accepted
    case .sent(let count):
      guard let byte = Self.byte(at: count, of: pieces) else { return .blocked(count) }
      later { self.wakeWhenWritable(byte, context: context) }
      return .blocked(count + 1)
    }
  }

  private func wakeWhenWritable(_ byte: UInt8, context: ChannelHandlerContext) {
    var buffer = context.channel.allocator.buffer(capacity: 1)
    buffer.writeInteger(byte)
    let taken = context.eventLoop.makePromise(of: Void.self)
    taken.futureResult.assumeIsolated().whenSuccess { [self] in
      later { if let session = self.session { self.driver.writable(session) } }
    }
    context.writeAndFlush(wrapOutboundOut(buffer), promise: taken)
  }

  /// The router is at work while it flushes, and must not be told anything before it has finished.
  private func later(_ body: @escaping () -> Void) {
    driver.eventLoop.assumeIsolated().execute(body)
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
