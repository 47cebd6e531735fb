import ChatCore
import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The one place where bytes of a plain-text session leave: a non-blocking vectored send on its socket.
///
/// NIO's own write path costs a third more for each flush, in bookkeeping for writes that can be pending. Here
/// nothing is ever pending: what the socket does not take stays with the cursors. See
/// `Docs/decisions/0007-direct-send.md`.
enum DirectSend {
  enum Result: Hashable {
    /// The socket took this many bytes; 0: it is full.
    case sent(Int)
    /// The connection is broken.
    case failed(errno: CInt)
  }

  /// Offers pieces to a socket. Never blocks, never raises SIGPIPE.
  static func send(_ pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>, to socket: CInt) -> Result {
    withUnsafeTemporaryAllocation(of: iovec.self, capacity: max(1, pieces.count)) { vectors in
      for (index, piece) in pieces.enumerated() {
        vectors.initializeElement(
          at: index,
          to: iovec(iov_base: UnsafeMutableRawPointer(mutating: piece.baseAddress), iov_len: piece.count))
      }
      var message = msghdr()
      message.msg_iov = vectors.baseAddress
      message.msg_iovlen = .init(pieces.count)
      while true {
        let sent = sendmsg(socket, &message, flags)
        if sent >= 0 { return .sent(sent) }
        switch errno {
        case EINTR: continue
        case EAGAIN, EWOULDBLOCK, ENOBUFS: return .sent(0)
        case let code: return .failed(errno: code)
        }
      }
    }
  }

  #if canImport(Darwin)
    // NIO sets SO_NOSIGPIPE there.
    private static let flags = MSG_DONTWAIT
  #else
    private static let flags = CInt(MSG_DONTWAIT) | CInt(MSG_NOSIGNAL)
  #endif
}
