/// What stands in front of an unfragmented frame from a server: two to ten bytes (RFC 6455, section 5.2).
struct WebSocketHeader {
  /// The frames that a server sends.
  enum Kind: UInt8 {
    case text = 1
    case binary = 2
    case close = 8
    case pong = 10
  }

  static let mostBytes = 10

  private let first: UInt8
  private let second: UInt8
  private let length: Int
  /// How many bytes the header has.
  let count: Int

  init(_ kind: Kind, length: Int) {
    // The final frame of its message, as all are.
    first = 0x80 | kind.rawValue
    self.length = length
    switch length {
    case ...125: (second, count) = (UInt8(truncatingIfNeeded: length), 2)
    case ...0xffff: (second, count) = (126, 4)
    default: (second, count) = (127, Self.mostBytes)
    }
  }

  /// Writes the header to the front of `memory`, which has room for it.
  func write(to memory: UnsafeMutableRawBufferPointer) {
    memory[0] = first
    memory[1] = second
    for index in 2..<count {
      memory[index] = UInt8(truncatingIfNeeded: length >> (8 * (count - 1 - index)))
    }
  }
}
