import NIOCore
import Testing

@testable import ChatCore
@testable import ChatServer

@Suite struct EncryptedCopiesTests {
  private let session = SessionID.service

  private func add(
    _ pieces: [[UInt8]], as kind: WebSocketHeader.Kind?, to copies: inout EncryptedCopies
  ) -> FlushResult {
    let bytes = pieces.flatMap { $0 }
    return bytes.withUnsafeBytes { all in
      var start = 0
      let buffers = pieces.map { piece in
        defer { start += piece.count }
        return UnsafeRawBufferPointer(rebasing: all[start..<start + piece.count])
      }
      return buffers.withUnsafeBufferPointer { copies.add($0, as: kind, for: session) }
    }
  }

  private func limits(message: Int, flush: Int = 1_000) -> Limits {
    var limits = Limits()
    limits.messageBytes = message
    limits.encryptedFlushBytes = flush
    return limits
  }

  @Test func `Pieces become one copy, and the session is blocked until it is out`() {
    var copies = EncryptedCopies(limits(message: 10))
    #expect(add([[1, 2], [], [3]], as: nil, to: &copies) == .blocked(3))
    #expect(copies.all.map(\.bytes) == [ByteBuffer(bytes: [1, 2, 3])])
  }

  @Test func `Of a stream as much as a message may have is taken`() {
    var copies = EncryptedCopies(limits(message: 4))
    #expect(add([[1, 2, 3], [4, 5], [6]], as: nil, to: &copies) == .blocked(4))
    #expect(copies.all.map(\.bytes) == [ByteBuffer(bytes: [1, 2, 3, 4])])
  }

  @Test func `A message is taken whole, behind its header`() {
    var copies = EncryptedCopies(limits(message: 4))
    #expect(add([[1, 2, 3], [4, 5]], as: .text, to: &copies) == .blocked(5))
    #expect(copies.all.map(\.bytes) == [ByteBuffer(bytes: [0x81, 5, 1, 2, 3, 4, 5])])
  }

  @Test func `When a flush has copied enough, the next session is only told to go on`() {
    var copies = EncryptedCopies(limits(message: 4, flush: 5))
    #expect(add([[1, 2, 3]], as: nil, to: &copies) == .blocked(3))
    #expect(add([[1, 2, 3]], as: .binary, to: &copies) == .blocked(3))
    #expect(add([[1]], as: .binary, to: &copies) == .blocked(0))
    #expect(add([[1]], as: nil, to: &copies) == .blocked(0))
    #expect(copies.all.map { $0.bytes == nil } == [false, false, true, true])
  }
}
