import Testing

@testable import ChatCore

struct ArenaTests {
  @Test func `pieces are aligned, apart and know their size`() {
    let arena = Arena(limit: 1 << 20)
    var random = SplitMix64(state: 3)
    for _ in 0..<20 {
      arena.reset()
      var pieces: [(start: UnsafeMutableRawPointer, size: Int, mark: UInt8)] = []
      for mark in 0..<200 {
        let size = random.below(mark % 20 == 0 ? 30_000 : 300)
        guard let start = arena.allocate(size) else { continue }
        start.initializeMemory(as: UInt8.self, repeating: UInt8(mark), count: size)
        pieces.append((start, size, UInt8(mark)))
      }
      for piece in pieces {
        let bytes = UnsafeRawBufferPointer(start: piece.start, count: piece.size)
        let size = arena.size(ofPieceAt: piece.start)
        #expect(size == piece.size && Int(bitPattern: piece.start) % 16 == 0)
        #expect(bytes.allSatisfy { $0 == piece.mark })
      }
    }
  }

  @Test func `memory that is not its own has no size`() {
    let arena = Arena(limit: 1 << 20)
    _ = arena.allocate(10)
    let size = [1, 2, 3].withUnsafeBytes { bytes in
      bytes.baseAddress.flatMap { arena.size(ofPieceAt: $0) }
    }
    #expect(size == nil)
  }

  @Test(arguments: [0, 1, 100, 4096, 65_536, 1 << 20])
  func `never gives more than its limit and works again after a reset`(limit: Int) {
    let arena = Arena(limit: limit)
    for _ in 0..<3 {
      var given = 0
      while arena.allocate(1000) != nil { given += 1000 }
      let exhausted = arena.isExhausted
      #expect(given <= limit && given >= limit / 2 - 2000 && exhausted)
      arena.reset()
      let renewed = arena.isExhausted
      #expect(!renewed)
    }
  }

  @Test(arguments: [Int.max, .max - 15, .max - 16, .max - 64, .min, -1])
  func `refuses sizes that no memory holds`(size: Int) {
    for limit in [1 << 20, Int.max - 1] where size < 0 || limit < size {
      let arena = Arena(limit: limit)
      let piece = arena.allocate(size)
      let exhausted = arena.isExhausted
      #expect(piece == nil && exhausted)
    }
  }

  @Test func `a frame that takes too much memory to decode is refused by name`() throws {
    // Two bytes on the wire become a position of 64 bytes and more.
    let positions = (0..<10_000).flatMap { _ in Raw.bytes(1, []) }
    let bytes = Raw.bytes(9, positions)
    let error = refusal { () throws(ChatError) in try decodeClient(bytes, decodingBytes: 500_000) }
    #expect(error?.code == .limitExceeded)
    #expect(error?.message.contains("decoding_bytes is 500000, and") == true)
    guard case .acknowledge(let decoded) = try decodeClient(bytes).body else { return #expect(Bool(false)) }
    #expect(decoded.count == 10_000)
  }

  @Test func `unknown fields count against the limit`() {
    let fields = (0..<60_000).flatMap { _ in Raw.number(90, 1) }
    let error = refusal { () throws(ChatError) in try decodeClient(fields, decodingBytes: 1 << 20) }
    #expect(error?.code == .limitExceeded)
  }

  @Test func `a codec recovers from a frame that took too much`() throws {
    var codec = FrameCodec(decodingBytes: 70_000)
    let large = Raw.bytes(9, (0..<10_000).flatMap { _ in Raw.bytes(1, []) })
    let small = try #require(cut([encoded(ClientFrame(requestID: 4, body: .ping))]).frames.first)
    for _ in 0..<3 {
      let error = refusal { () throws(ChatError) in try codec.decodeOwnedClientFrame(large) }
      #expect(error?.code == .limitExceeded)
      let frame = try codec.decodeOwnedClientFrame(small)
      #expect(frame == ClientFrame(requestID: 4, body: .ping))
    }
  }
}
