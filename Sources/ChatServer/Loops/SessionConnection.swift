import ChatCore
import NIOCore

/// A session's connection, as the driver of its loop sees it. Confined to that loop.
///
/// What goes out to thousands of sessions does not pass here: see ``SessionSocket``.
protocol SessionConnection: AnyObject {
  /// Nil when the connection is not in its pipeline any longer.
  var context: ChannelHandlerContext? { get }
  var session: SessionID? { get }

  /// The socket did not take all that it was offered.
  ///
  /// - Parameters:
  ///   - count: how many bytes it took.
  ///   - pieces: all that was offered; of a message with its header.
  func blocked(at count: Int, of pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult

  /// Hands NIO a copy of what an encrypted session gets; tells the driver when NIO has written it.
  func write(_ bytes: ByteBuffer)

  /// Ends the connection after what was handed over.
  ///
  /// - Parameter reason: nil: the client wanted it.
  func close(for reason: ErrorCode?)
}

extension SessionConnection {
  /// How long a peer has to take the last bytes before its connection is cut.
  static var lingerTime: TimeAmount { .seconds(1) }

  /// How long a peer that gets no session has to agree on encryption, in order to be told so.
  static var refusalTime: TimeAmount { .seconds(5) }

  /// Ends our side first, so that the last frames are not lost to a reset by unread input. Encryption ends with it:
  /// the peer is told that this is all, and not a connection that somebody has cut.
  func linger() {
    guard let context else { return }
    context.close(mode: .output, promise: nil)
    cut(context.channel, in: Self.lingerTime)
  }

  func cut(_ channel: any Channel, in time: TimeAmount) {
    channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
  }
}

extension ChannelHandlerContext {
  /// Where a session's bytes go; nil if the connection has no socket, which nothing of ours can have made.
  func sessionSocket(_ format: WireFormat, isEncrypted: Bool) -> SessionSocket? {
    if isEncrypted { return SessionSocket(encrypted: format) }
    let descriptor = try? channel.pipeline.syncOperations
      .withUnsafeTransportIfAvailable(of: NIOBSDSocket.Handle.self) { $0 }
    return descriptor.map { SessionSocket(descriptor: $0, format: format) }
  }

  /// Everything that was written to the connection is with the kernel.
  var hasWrittenAll: Bool {
    (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) == 0
  }
}
