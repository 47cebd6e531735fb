import Foundation
import Testing

@testable import ChatServer

/// On real sockets: a connected pair, ours not blocking.
@Suite struct DirectSendTests {
  private final class SocketPair {
    let ours: CInt
    let theirs: CInt

    init() throws {
      var sockets: [CInt] = [-1, -1]
      let made = socketpair(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0, &sockets)
      try #require(made == 0)
      (ours, theirs) = (sockets[0], sockets[1])
      var bytes: CInt = 16_384
      setsockopt(ours, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<CInt>.size))
    }

    deinit {
      close(ours)
      close(theirs)
    }

    func send(_ pieces: [[UInt8]]) -> DirectSend.Result {
      let buffers = pieces.map { piece in
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: piece.count, alignment: 1)
        copy.copyBytes(from: piece)
        return UnsafeRawBufferPointer(copy)
      }
      defer { for buffer in buffers { buffer.deallocate() } }
      return buffers.withUnsafeBufferPointer { DirectSend.send($0, to: ours) }
    }

    /// Everything that has arrived.
    func received() -> [UInt8] {
      var all: [UInt8] = []
      var bytes = [UInt8](repeating: 0, count: 65_536)
      while case let count = recv(theirs, &bytes, bytes.count, CInt(MSG_DONTWAIT)), count > 0 {
        all += bytes[..<count]
      }
      return all
    }
  }

  @Test(
    "Pieces arrive whole and in order, one or many",
    arguments: [[[1, 2, 3]], [[1], [2, 3], [4, 5, 6]], [[], [7], []]])
  func whole(pieces: [[UInt8]]) throws {
    let pair = try SocketPair()
    #expect(pair.send(pieces) == .all)
    #expect(pair.received() == Array(pieces.joined()))
  }

  @Test(
    "A socket that fills up says how much it took, then that it takes nothing, and blocks nobody",
    arguments: [1, 3])
  func full(pieces: Int) throws {
    let pair = try SocketPair()
    let piece = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
    var taken = 0
    var results: [DirectSend.Result] = []
    // A part is taken at last, and then nothing.
    while results.last != .part(0), results.count < 100 {
      let result = pair.send(Array(repeating: piece, count: pieces))
      if case .part(let count) = result { taken += count }
      if case .all = result { taken += piece.count * pieces }
      results.append(result)
    }
    #expect(results.last == .part(0))
    #expect(pair.received().count == taken)
    #expect(pair.send([[1]]) == .all, "it takes bytes again")
  }

  @Test("A connection that the other side has left fails with the reason, and raises no signal")
  func broken() throws {
    let pair = try SocketPair()
    shutdown(pair.theirs, CInt(SHUT_RDWR))
    #expect(pair.send([[1]]) == .failed(errno: EPIPE))
    #expect(pair.send([[1], [2]]) == .failed(errno: EPIPE))
  }

  @Test("A slot without a socket fails, and writes nowhere")
  func closed() {
    let piece: [UInt8] = [1]
    let result = piece.withUnsafeBytes { bytes in
      withUnsafePointer(to: bytes) { DirectSend.send(UnsafeBufferPointer(start: $0, count: 1), to: -1) }
    }
    #expect(result == .failed(errno: EBADF))
  }
}
