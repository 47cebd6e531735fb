/// A base-128 varint, as it stands in front of every frame.
enum Varint {
  /// The most bytes that a 64-bit number takes.
  static let longest = 10

  /// What the front of some bytes says.
  enum Reading: Equatable {
    /// A number, and how many bytes it takes.
    case value(UInt64, size: Int)
    /// The bytes end within the number.
    case incomplete
    /// The number has more than ten bytes or more than 64 bits.
    case malformed
  }

  /// Reads the number at the front of `bytes`.
  static func read(_ bytes: UnsafeRawBufferPointer) -> Reading {
    var value: UInt64 = 0
    for index in 0..<min(bytes.count, longest) {
      let byte = bytes[index]
      // The tenth byte has room for one bit only.
      if index == longest - 1, byte > 1 { return .malformed }
      value |= UInt64(byte & 0x7f) << UInt64(7 * index)
      if byte < 0x80 { return .value(value, size: index + 1) }
    }
    return bytes.count < longest ? .incomplete : .malformed
  }

  /// How many bytes the number takes.
  static func size(_ value: UInt64) -> Int {
    max(1, (UInt64.bitWidth - value.leadingZeroBitCount + 6) / 7)
  }

  /// Writes the number to the front of `memory`, which has room for it.
  static func write(_ value: UInt64, to memory: UnsafeMutableRawBufferPointer) {
    var rest = value
    var index = 0
    while rest >= 0x80 {
      memory[index] = UInt8(truncatingIfNeeded: rest) | 0x80
      rest >>= 7
      index += 1
    }
    memory[index] = UInt8(truncatingIfNeeded: rest)
  }
}
