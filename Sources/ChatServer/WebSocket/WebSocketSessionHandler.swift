import ChatCore
import NIOCore
import NIOWebSocket

/// A WebSocket connection's end of its pipeline: hands whole messages to the loop's router, answers pings, and
/// closes as RFC 6455 has it.
///
/// Confined to the channel's loop.
final class WebSocketSessionHandler: ChannelInboundHandler, SessionConnection {
  typealias InboundIn = WebSocketFrame
  typealias OutboundOut = ByteBuffer

  /// Answers to pings beyond this wait: who sends pings and reads nothing takes no memory.
  private static let mostPendingWrites = 16

  private let driver: LoopDriver
  private let format: WireFormat
  private let messageBytes: Int
  private let isEncrypted: Bool
  /// What the client is told instead of getting a session.
  private let refusal: ChatError?
  private var reader: WebSocketReader
  private(set) var context: ChannelHandlerContext?
  /// Behind NIO's encoder: what is written here is framed already.
  private var way: ChannelHandlerContext?
  private(set) var session: SessionID?
  /// Writes that NIO still holds. While there are any, nothing goes to the socket but through NIO.
  private var pendingWrites = 0
  /// The newest ping of those that came while NIO held ``mostPendingWrites``: only that one needs an answer.
  private var unansweredPing: ByteBuffer?
  private var closing = Closing.no

  private var isOpen: Bool { if case .no = closing { true } else { false } }

  private enum Closing {
    case no
    /// The client sent Close, or broke the protocol; the session ends first.
    case ending(WebSocketErrorCode?)
    /// Our Close is out.
    case sent
  }

  /// - Parameters:
  ///   - format: ``WireFormat/messages`` or ``WireFormat/json``.
  ///   - messageBytes: the most in one message of the client.
  ///   - refusal: what the client is told instead of getting a session.
  init(
    driver: LoopDriver, format: WireFormat, messageBytes: Int, isEncrypted: Bool = false,
    refusal: ChatError? = nil
  ) {
    self.driver = driver
    self.format = format
    self.messageBytes = messageBytes
    self.isEncrypted = isEncrypted
    self.refusal = refusal
    reader = WebSocketReader(kind: format == .json ? .text : .binary, limit: messageBytes)
  }

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
    way = try? context.pipeline.syncOperations.context(handlerType: WebSocketFrameEncoder.self)
    guard let socket = context.sessionSocket(format, isEncrypted: isEncrypted) else {
      return context.close(promise: nil)
    }
    do throws(ChatError) {
      if let refusal { throw refusal }
      session = try driver.accept(self, through: socket)
    } catch {
      refuse(error)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end()
    self.context = nil
    way = nil
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    // Without a way back there is no closing handshake either.
    if case ChannelEvent.inputClosed = event { context.close(promise: nil) }
    context.fireUserInboundEventTriggered(event)
  }

  private func end() {
    if let session { driver.closed(session) }
    session = nil
  }

  // MARK: From the client

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard case .no = closing else { return noteClose(unwrapInboundIn(data)) }
    guard let session else { return }
    do throws(WebSocketFailure) {
      switch try reader.read(unwrapInboundIn(data)) {
      case .nothing:
        // Also a pong shows that the client is alive.
        driver.receive(UnsafeRawBufferPointer(start: nil, count: 0), from: session)
      case .message(let message): message.withUnsafeReadableBytes { driver.receive($0, from: session) }
      case .ping(let ping):
        driver.receive(UnsafeRawBufferPointer(start: nil, count: 0), from: session)
        answer(ping)
      case .close(let code):
        closing = .ending(code)
        driver.end(session)
      }
    } catch {
      fail(error)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? NIOWebSocketError else {
      // What comes after a frame that was refused is no news: our Close is on its way.
      if error is ByteToMessageDecoderError, !isOpen { return }
      driver.noteConnectionError(error, session: session)
      return context.close(promise: nil)
    }
    let code = WebSocketCloseCode.code(for: error)
    fail(
      code == .messageTooLarge
        ? .tooLong(limit: messageBytes) : WebSocketFailure(code: code, reason: "\(error)"))
  }

  private func fail(_ failure: WebSocketFailure) {
    driver.noteConnectionError(failure, session: session)
    guard case .no = closing else { return }
    closing = .ending(failure.code)
    guard let session else { return sendClose(failure.code) }
    if let error = failure.error { driver.refuse(session, error) } else { driver.end(session) }
  }

  /// After our Close, theirs ends the connection.
  private func noteClose(_ frame: WebSocketFrame) {
    if case .sent = closing, frame.opcode == .connectionClose { context?.close(promise: nil) }
  }

  private func refuse(_ error: ChatError) {
    closing = .ending(WebSocketCloseCode.code(for: error.code))
    var codec = FrameCodec(decodingBytes: 0)
    var frame = FrameBuffer()
    codec.encode(ServerFrame(body: .error(error)), as: format, into: &frame)
    write(format == .json ? .text : .binary, ByteBuffer(bytes: frame.readable))
    close(for: error.code)
  }

  // MARK: To the client

  /// The length of the message has been announced, so what the socket did not take of it is kept here.
  func blocked(at count: Int, of pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult {
    var rest = ByteBuffer()
    var skipped = count
    for piece in pieces {
      rest.writeBytes(UnsafeRawBufferPointer(rebasing: piece.dropFirst(skipped)))
      skipped = max(0, skipped - piece.count)
    }
    let kept = rest
    pendingWrites += 1
    driver.afterFlush { self.way?.writeAndFlush(NIOAny(kept), promise: self.taken()) }
    return .blocked(count)
  }

  func write(_ bytes: ByteBuffer) {
    way?.writeAndFlush(NIOAny(bytes), promise: nil)
    if pendingWrites == 0, let session, let context, context.hasWrittenAll {
      driver.writable(session)
    } else {
      // A write of nothing is told of when all before it is out, and most need none.
      pendingWrites += 1
      way?.writeAndFlush(NIOAny(ByteBuffer()), promise: taken())
    }
  }

  private func answer(_ ping: ByteBuffer) {
    // One that waits is overtaken by none, so that the last answer is that of the newest.
    guard pendingWrites < Self.mostPendingWrites, unansweredPing == nil else {
      unansweredPing = ping
      return
    }
    write(.pong, ping)
  }

  func close(for reason: ErrorCode?) {
    switch closing {
    case .no: sendClose(WebSocketCloseCode.code(for: reason))
    case .ending(let code): sendClose(code)
    case .sent: break
    }
  }

  private func sendClose(_ code: WebSocketErrorCode?) {
    guard let context else { return }
    let isAnswer = if case .ending = closing { true } else { false }
    closing = .sent
    var data = ByteBuffer()
    if let code { data.write(webSocketErrorCode: code) }
    write(.close, data)
    if isAnswer { return linger() }
    cut(context.channel, in: Self.lingerTime)
  }

  /// Writes a frame through NIO, behind what is pending there.
  private func write(_ kind: WebSocketHeader.Kind, _ data: ByteBuffer) {
    let header = WebSocketHeader(kind, length: data.readableBytes)
    var frame = ByteBuffer()
    frame.write(header)
    frame.writeImmutableBuffer(data)
    pendingWrites += 1
    if let session { driver.setBlocked(session) }
    way?.writeAndFlush(NIOAny(frame), promise: taken())
  }

  private func taken() -> EventLoopPromise<Void>? {
    guard let context else { return nil }
    let taken = context.eventLoop.makePromise(of: Void.self)
    taken.futureResult.assumeIsolated().whenSuccess { [self] in
      driver.afterFlush { self.wrote() }
    }
    return taken
  }

  private func wrote() {
    pendingWrites -= 1
    guard pendingWrites == 0 else { return }
    // Behind our Close comes nothing.
    if case .sent = closing { return }
    if let ping = unansweredPing {
      unansweredPing = nil
      return answer(ping)
    }
    if let session { driver.writable(session) }
  }
}
