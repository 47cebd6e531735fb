/// As much of protobuf's encoding as the chat dialect needs. Written anew, so that the generator does not
/// share mistakes with the broker that it checks.
enum Protobuf {
  static func varint(_ value: Int) -> [UInt8] {
    var value = UInt64(value)
    var bytes: [UInt8] = []
    while value >= 128 {
      bytes.append(UInt8(truncatingIfNeeded: value) | 128)
      value >>= 7
    }
    return bytes + [UInt8(value)]
  }

  /// A field with a length: text, bytes or a message.
  static func field(_ number: Int, _ content: [UInt8]) -> [UInt8] {
    varint(number << 3 | 2) + varint(content.count) + content
  }

  static func field(_ number: Int, _ text: String) -> [UInt8] { field(number, Array(text.utf8)) }

  static func field(_ number: Int, _ value: Int) -> [UInt8] { varint(number << 3) + varint(value) }

  static func delimited(_ frame: [UInt8]) -> [UInt8] { varint(frame.count) + frame }

  /// The varint at `at`; moves behind it. nil: it does not end before `end`.
  @inline(__always)
  static func varint(_ bytes: UnsafePointer<UInt8>, _ at: inout Int, to end: Int) -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while at < end, shift < 64 {
      let byte = bytes[at]
      at &+= 1
      value |= UInt64(byte & 127) &<< shift
      if byte < 128 { return value }
      shift &+= 7
    }
    return nil
  }

  /// A field at `at`: its number, its value or the place of its content. nil: not well-formed.
  @inline(__always)
  static func field(_ bytes: UnsafePointer<UInt8>, _ at: inout Int, to end: Int) -> Field? {
    guard let tag = varint(bytes, &at, to: end) else { return nil }
    let number = Int(truncatingIfNeeded: tag >> 3)
    switch tag & 7 {
    case 0:
      guard let value = varint(bytes, &at, to: end) else { return nil }
      return Field(number: number, value: value, start: at, count: 0)
    case 1, 5:
      let size = tag & 7 == 1 ? 8 : 4
      guard end &- at >= size else { return nil }
      at &+= size
      return Field(number: number, value: 0, start: at &- size, count: size)
    case 2:
      guard let length = varint(bytes, &at, to: end), length <= UInt64(end &- at) else { return nil }
      at &+= Int(length)
      return Field(number: number, value: 0, start: at &- Int(length), count: Int(length))
    default: return nil
    }
  }

  struct Field {
    var number: Int
    var value: UInt64
    var start: Int
    var count: Int
  }
}
