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

/// Lets a listener rest when a connection could not be accepted, such as for want of descriptors. The connection waits
/// in the kernel's queue.
///
/// Without this the listener would ask the kernel again at once, and for ever. NIO's `AcceptBackoffHandler` holds back
/// reads, but one is pending already when accepting fails. Confined to the listener's loop.
final class AcceptFailureHandler: ChannelInboundHandler {
  typealias InboundIn = any Channel

  /// Between two attempts.
  private static let pause = TimeAmount.milliseconds(100)

  private let listener: Listener
  private let connections: Connections
  private let logger: Logger
  private var repeated = RepeatedLines<Listener>()

  init(_ listener: Listener, _ connections: Connections, _ logger: Logger) {
    self.listener = listener
    self.connections = connections
    self.logger = logger
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    guard let error = error as? IOError, Self.isShortage(error.errnoCode) else {
      // What went wrong with one connection, such as a client that has left already, is no concern of the others.
      return logger.debug(
        "a connection was lost before it was accepted",
        metadata: ["listener": "\(listener.rawValue)", "error": "\(error)"])
    }
    if Self.isOfDescriptors(error.errnoCode) { connections.hit(.descriptors) }
    rest(context.channel)
    guard let leftOut = repeated.note(listener, at: Moment.now().uptime) else { return }
    logger.error(
      "connections cannot be accepted for now",
      metadata: [
        "listener": "\(listener.rawValue)", "error": "\(error.description)", "left_out": "\(leftOut)",
        "advice": "let the process have more descriptors (ulimit -n), or set limits.connections below that",
      ])
  }

  private func rest(_ channel: any Channel) {
    setReading(false, channel)
    channel.eventLoop.assumeIsolated().scheduleTask(in: Self.pause) { [self] in
      setReading(true, channel)
    }
  }

  private func setReading(_ reads: Bool, _ channel: any Channel) {
    do {
      try channel.syncOptions?.setOption(.autoRead, value: reads)
    } catch {
      // It has been closed, and accepts nothing more anyway.
      logger.debug("the listener is closed", metadata: ["listener": "\(listener.rawValue)"])
    }
  }

  private static func isOfDescriptors(_ code: CInt) -> Bool { code == EMFILE || code == ENFILE }

  /// It will be the same at once, and may not be later.
  private static func isShortage(_ code: CInt) -> Bool {
    isOfDescriptors(code) || code == ENOBUFS || code == ENOMEM
  }
}
