import ChatCore
import Logging
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Has a listener accept no more connections than there are descriptors for, and rest when accepting fails for another
/// reason. Connections wait in the kernel's queue meanwhile.
///
/// Without this the listener would ask the kernel again at once, and for ever. NIO's `AcceptBackoffHandler` holds back
/// reads, but one is pending already when accepting fails. Confined to the listener's loop.
final class AcceptThrottle: ChannelInboundHandler {
  typealias InboundIn = any Channel

  /// After a failure, until the next attempt.
  private static let pause = TimeAmount.milliseconds(100)

  private let listener: Listener
  private let connections: Connections
  private let logger: Logger
  private var repeated = RepeatedLines<Listener>()
  /// How many it may accept in a row.
  private var granted: Int?
  private var hasFailed = false
  private var isReading = true

  init(_ listener: Listener, _ connections: Connections, _ logger: Logger) {
    self.listener = listener
    self.connections = connections
    self.logger = logger
  }

  func handlerAdded(context: ChannelHandlerContext) {
    let own = NIOLoopBound((self, context.channel), eventLoop: context.eventLoop)
    let loop = context.eventLoop
    connections.whenRoom(for: listener) {
      loop.execute { own.value.0.ask(own.value.1) }
    }
    ask(context.channel)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    connections.accepted(unwrapInboundIn(data), by: listener)
    context.fireChannelRead(data)
  }

  func channelReadComplete(context: ChannelHandlerContext) {
    ask(context.channel)
    context.fireChannelReadComplete()
  }

  func channelInactive(context: ChannelHandlerContext) {
    connections.whenRoom(for: listener, nil)
    context.fireChannelInactive()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? IOError, Self.isShortage(error.errnoCode) else {
      // What went wrong with one connection, such as a client that has left already, is no concern of the others.
      return logger.debug(
        "a connection was lost before it was accepted",
        metadata: ["listener": "\(listener.rawValue)", "error": "\(error)"])
    }
    if Self.isOfDescriptors(error.errnoCode) { connections.hit(.descriptors) }
    report(error.description)
    hasFailed = true
    read(context.channel)
    let channel = context.channel
    channel.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { [self] in
      hasFailed = false
      read(channel)
    }
  }

  /// Asks how many connections it may accept before it asks again.
  private func ask(_ channel: any Channel) {
    let grant = connections.grant(to: listener)
    defer { read(channel) }
    guard grant != granted else { return }
    granted = grant
    if grant > 0 { return set(.maxMessagesPerRead, UInt(grant), channel) }
    connections.hit(.descriptors)
    report("all descriptors are taken but those that are kept")
  }

  private func read(_ channel: any Channel) {
    let reads = !hasFailed && granted != 0
    guard reads != isReading else { return }
    isReading = reads
    set(.autoRead, reads, channel)
  }

  private func set<Option: ChannelOption>(_ option: Option, _ value: Option.Value, _ channel: any Channel) {
    do {
      try channel.syncOptions?.setOption(option, value: value)
    } catch {
      // It has been closed, and accepts nothing more anyway.
      logger.debug("the listener is closed", metadata: ["listener": "\(listener.rawValue)"])
    }
  }

  private func report(_ error: String) {
    guard let leftOut = repeated.note(listener, at: Moment.now().uptime) else { return }
    logger.error(
      "connections cannot be accepted for now",
      metadata: [
        "listener": "\(listener.rawValue)", "error": "\(error)", "left_out": "\(leftOut)",
        "advice": "let the process have more descriptors (ulimit -n), or set limits.connections below that",
      ])
  }

  private static func isOfDescriptors(_ code: CInt) -> Bool { code == EMFILE || code == ENFILE }

  /// It will be the same at once, and may not be later.
  private static func isShortage(_ code: CInt) -> Bool {
    isOfDescriptors(code) || code == ENOBUFS || code == ENOMEM
  }
}
