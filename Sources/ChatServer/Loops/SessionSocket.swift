import ChatCore

/// What the delivery to a session needs to know of its connection.
///
/// Those of all sessions of a loop lie next to one another.
struct SessionSocket {
  /// Whether the socket gets the bytes themselves, and what they are put into.
  private enum Way: UInt8 {
    case stream
    case binary
    case text
    case encryptedStream
    case encryptedBinary
    case encryptedText
  }

  static let none = SessionSocket(descriptor: -1, format: .stream)

  let format: WireFormat
  private let descriptor: CInt
  private let way: Way

  /// A socket that gets the bytes as they are.
  init(descriptor: CInt, format: WireFormat) {
    self.descriptor = descriptor
    self.format = format
    way =
      switch format {
      case .stream: .stream
      case .messages: .binary
      case .json: .text
      }
  }

  /// A connection whose bytes NIO encrypts.
  init(encrypted format: WireFormat) {
    descriptor = -1
    self.format = format
    way =
      switch format {
      case .stream: .encryptedStream
      case .messages: .encryptedBinary
      case .json: .encryptedText
      }
  }

  /// Offers pieces: as they are to a stream, else as one message behind its header.
  ///
  /// - Parameters:
  ///   - blocked: called if the socket did not take all, with what it took and what it was offered.
  ///   - encrypted: called if NIO has to encrypt them, with the kind of message that they are; nil: a stream.
  ///   - failed: called if the connection is broken.
  func offer(
    _ pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>,
    blocked: (_ took: Int, _ offered: UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult,
    encrypted: (WebSocketHeader.Kind?) -> FlushResult,
    failed: () -> Void
  ) -> FlushResult {
    switch way {
    case .stream: send(pieces, blocked, failed)
    case .binary: send(pieces, as: .binary, blocked, failed)
    case .text: send(pieces, as: .text, blocked, failed)
    case .encryptedStream: encrypted(nil)
    case .encryptedBinary: encrypted(.binary)
    case .encryptedText: encrypted(.text)
    }
  }

  private func send(
    _ pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>, as kind: WebSocketHeader.Kind,
    _ blocked: (Int, UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult, _ failed: () -> Void
  ) -> FlushResult {
    let count = pieces.reduce(0) { $0 + $1.count }
    let header = WebSocketHeader(kind, length: count)
    return withUnsafeTemporaryAllocation(byteCount: WebSocketHeader.mostBytes, alignment: 1) { memory in
      header.write(to: memory)
      return withUnsafeTemporaryAllocation(of: UnsafeRawBufferPointer.self, capacity: pieces.count + 1) {
        all in
        all.initializeElement(at: 0, to: UnsafeRawBufferPointer(rebasing: memory[..<header.count]))
        _ = all[1...].initialize(fromContentsOf: pieces)
        let result = send(UnsafeBufferPointer(all), blocked, failed)
        // The connection keeps the rest of a message.
        if case .blocked = result { return .blocked(count) }
        return result
      }
    }
  }

  private func send(
    _ pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>,
    _ blocked: (Int, UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult, _ failed: () -> Void
  ) -> FlushResult {
    switch DirectSend.send(pieces, to: descriptor) {
    case .all: return .accepted
    case .part(let count): return blocked(count, pieces)
    case .failed:
      failed()
      return .failed
    }
  }
}
