import ChatCore
import Testing

struct FrameReaderTests {
  static let payloads: [[UInt8]] = [
    [1, 2, 3], [], [UInt8](repeating: 7, count: 127), [UInt8](repeating: 8, count: 128), [9], [],
    [UInt8](repeating: 5, count: 1024),
  ]
  static let stream = payloads.flatMap(Raw.frame)

  @Test func `cuts a stream that arrives at once`() {
    #expect(cut([Self.stream]) == Cut(frames: Self.payloads))
  }

  @Test func `cuts a stream that is split at any byte`() {
    for place in 0...Self.stream.count {
      let pieces = [[UInt8](Self.stream[..<place]), [UInt8](Self.stream[place...])]
      #expect(cut(pieces) == Cut(frames: Self.payloads))
    }
  }

  @Test func `cuts a stream that drips in byte by byte`() {
    #expect(cut(Self.stream.map { [$0] }) == Cut(frames: Self.payloads))
  }

  @Test func `cuts a stream that arrives in pieces of any size`() {
    for size in 2...300 {
      let pieces = stride(from: 0, to: Self.stream.count, by: size).map {
        [UInt8](Self.stream[$0..<min($0 + size, Self.stream.count)])
      }
      #expect(cut(pieces) == Cut(frames: Self.payloads))
    }
  }

  @Test func `splits every kind of frame at every byte`() throws {
    for frame in WireSamples.clientFrames {
      let bytes = encoded(frame)
      for place in 0...bytes.count {
        let frames = cut([[UInt8](bytes[..<place]), [UInt8](bytes[place...])]).frames
        #expect(frames.count == 1)
        #expect(try decodeClient(try #require(frames.first)) == frame)
      }
    }
  }

  @Test func `lends a whole frame where it lies`() throws {
    var reader = FrameReader(limit: 1024)
    try Self.stream.lend { bytes throws(ChatError) in
      let start = Int(bitPattern: bytes.baseAddress)
      try reader.read(bytes) { frame in
        let place = Int(bitPattern: frame.baseAddress) - start
        #expect(frame.isEmpty || (0..<bytes.count).contains(place))
        return true
      }
    }
    let buffered = reader.bufferedBytes
    #expect(buffered == 0)
  }

  @Test func `keeps only an incomplete end`() {
    #expect(cut([Self.stream + [5, 1, 2]]).buffered == 3)
    #expect(cut([[0x80]]).buffered == 1)
    #expect(cut([[5, 1, 2], [3, 4, 5] + [2, 9]]) == Cut(frames: [[1, 2, 3, 4, 5]], buffered: 2))
  }

  @Test func `accepts the limit and refuses one more before it is there`() {
    let longest = [UInt8](repeating: 1, count: 1000)
    #expect(cut([Raw.frame(longest)], limit: 1000) == Cut(frames: [longest]))
    for pieces in [[Raw.varint(1001)], Raw.varint(1001).map { [$0] }] {
      let result = cut(pieces, limit: 1000)
      #expect(result.frames.isEmpty && result.buffered == 0)
      #expect(result.error?.code == .frameTooLarge)
      #expect(result.error?.message.contains("1001") == true)
      #expect(result.error?.message.contains("1000") == true)
    }
  }

  @Test(arguments: [.max, 1 << 63, (1 << 63) - 1, 1 << 62, 1 << 32] as [UInt64])
  func `refuses lengths that no memory holds`(length: UInt64) {
    for pieces in [[Raw.varint(length) + [1, 2, 3]], Raw.varint(length).map { [$0] }] {
      let result = cut(pieces)
      #expect(result.error?.code == .frameTooLarge)
      #expect(result.error?.message.contains("\(length)") == true)
    }
  }

  @Test func `refuses a length of more than ten bytes or 64 bits`() {
    let long = [UInt8](repeating: 0x80, count: 10) + [0]
    let wide = [UInt8](repeating: 0xff, count: 9) + [0x02]
    for bytes in [long, wide] {
      #expect(cut([bytes]).error?.code == .malformedFrame)
      #expect(cut(bytes.map { [$0] }).error?.code == .malformedFrame)
    }
  }

  @Test func `delivers what came before an error and nothing after`() {
    let result = cut([Raw.frame([1]) + Raw.varint(2000), Raw.frame([2])])
    #expect(result.frames == [[1]])
    #expect(result.error?.code == .frameTooLarge)
    #expect(result.buffered == 0)
  }

  @Test func `throws the same error again`() {
    var reader = FrameReader(limit: 10)
    var errors: [ChatError?] = []
    for piece in [Raw.varint(11), [0], []] {
      errors.append(
        refusal { () throws(ChatError) in
          try piece.lend { bytes throws(ChatError) in try reader.read(bytes) { _ in true } }
        })
    }
    #expect(errors[0] != nil && errors[1] == errors[0] && errors[2] == errors[0])
  }

  @Test func `stops when it is told to and drops the rest`() throws {
    for split in [0, 1, 3] {
      var reader = FrameReader(limit: 10)
      var frames: [[UInt8]] = []
      let bytes = Raw.frame([1, 1]) + Raw.frame([2]) + Raw.frame([3])
      for piece in [[UInt8](bytes[..<split]), [UInt8](bytes[split...])] {
        try piece.lend { bytes throws(ChatError) in
          try reader.read(bytes) {
            frames.append([UInt8]($0))
            return false
          }
        }
      }
      let buffered = reader.bufferedBytes
      #expect(frames.first == [1, 1] && buffered == 0)
    }
  }
}
