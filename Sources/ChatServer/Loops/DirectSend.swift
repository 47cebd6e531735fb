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
    /// The socket took all bytes.
    case all
    /// The socket is full, and took this many bytes; perhaps none.
    case part(Int)
    /// The connection is broken.
    case failed(errno: CInt)
  }

  /// Offers pieces to a socket. Never blocks, never raises SIGPIPE.
  static func send(_ pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>, to socket: CInt) -> Result {
    if pieces.count == 1, let piece = pieces.first {
      // Spares the kernel a list of pieces.
      return offer(piece.count) { systemSend(socket, piece.baseAddress, piece.count, flags) }
    }
    return withUnsafeTemporaryAllocation(of: iovec.self, capacity: max(1, pieces.count)) { vectors in
      var offered = 0
      for (index, piece) in pieces.enumerated() {
        vectors.initializeElement(
          at: index,
          to: iovec(iov_base: UnsafeMutableRawPointer(mutating: piece.baseAddress), iov_len: piece.count))
        offered += piece.count
      }
      var message = msghdr()
      message.msg_iov = vectors.baseAddress
      message.msg_iovlen = .init(pieces.count)
      return offer(offered) { sendmsg(socket, &message, flags) }
    }
  }

  private static func offer(_ count: Int, _ send: () -> Int) -> Result {
    while true {
      let sent = send()
      if sent == count { return .all }
      if sent >= 0 { return .part(sent) }
      switch errno {
      case EINTR: continue
      case EAGAIN, EWOULDBLOCK, ENOBUFS: return .part(0)
      case let code: return .failed(errno: code)
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

// Inside the enum its own `send` hides the system's.
private func systemSend(_ socket: CInt, _ bytes: UnsafeRawPointer?, _ count: Int, _ flags: CInt) -> Int {
  send(socket, bytes, count, flags)
}
