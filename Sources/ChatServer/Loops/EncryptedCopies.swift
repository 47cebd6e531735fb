import ChatCore
import NIOCore

/// What one flush has for sessions whose bytes NIO encrypts: copies, which NIO gets when the flush is over.
///
/// A write through NIO can bring events before it returns, and a router takes none while it flushes. A session gets one
/// copy in a flush, and no further one before NIO has written it.
struct EncryptedCopies {
  struct Copy {
    let session: SessionID
    /// Nil: there was no room; the session has to be told to go on.
    let bytes: ByteBuffer?
  }

  private let mostBytes: Int
  private let mostOfStream: Int
  private var bytes = 0
  private(set) var all: [Copy] = []

  init(_ limits: Limits) {
    mostBytes = limits.encryptedFlushBytes
    mostOfStream = limits.messageBytes
  }

  /// Copies what a session is offered: of a stream at most ``Limits/messageBytes``, else all as one message.
  ///
  /// - Parameter kind: of the message; nil: a stream.
  /// - Returns: always that the session is blocked, and how many of the bytes it has.
  mutating func add(
    _ pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>, as kind: WebSocketHeader.Kind?,
    for session: SessionID
  ) -> FlushResult {
    guard bytes < mostBytes else {
      all.append(Copy(session: session, bytes: nil))
      return .blocked(0)
    }
    let offered = pieces.reduce(0) { $0 + $1.count }
    let count = kind == nil ? min(offered, mostOfStream) : offered
    var copy = ByteBuffer()
    copy.reserveCapacity(WebSocketHeader.mostBytes + count)
    if let kind { copy.write(WebSocketHeader(kind, length: count)) }
    var missing = count
    for piece in pieces where missing > 0 {
      missing -= copy.writeBytes(UnsafeRawBufferPointer(rebasing: piece.prefix(missing)))
    }
    bytes += count
    all.append(Copy(session: session, bytes: copy))
    return .blocked(count)
  }
}

extension ByteBuffer {
  mutating func write(_ header: WebSocketHeader) {
    writeWithUnsafeMutableBytes(minimumWritableBytes: header.count) { memory in
      header.write(to: memory)
      return header.count
    }
  }
}
