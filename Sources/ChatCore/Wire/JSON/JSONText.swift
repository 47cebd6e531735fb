/// What stands between the quotes of a JSON string. Reading and writing share it.
enum JSONText {
  static let quote = UInt8(ascii: "\"")
  static let backslash = UInt8(ascii: "\\")
  /// The first byte that is not a control character.
  static let blank: UInt8 = 0x20

  /// Where the run ends that begins at `start` and stands in a JSON string as it is: valid UTF-8 without quotes,
  /// backslashes and control characters.
  static func endOfRun(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var index = start
    while index < bytes.count {
      if bytes.count - index >= 8, isPlain(bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)) {
        index += 8
        continue
      }
      let byte = bytes[index]
      if byte < 0x80 {
        guard byte >= blank, byte != quote, byte != backslash else { return index }
        index += 1
      } else {
        let length = lengthOfSequence(in: bytes, at: index)
        guard length > 0 else { return index }
        index += length
      }
    }
    return index
  }

  /// All eight bytes are ASCII and stand for themselves.
  private static func isPlain(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highBits = ones &* 0x80
    let toQuote = word ^ (ones &* UInt64(quote))
    let toBackslash = word ^ (ones &* UInt64(backslash))
    // A subtraction borrows from the high bit of each byte that is too small. It may borrow from the next byte
    // too, but only above one that is too small itself.
    let tooSmall =
      ((word &- ones &* UInt64(blank)) & ~word)
      | ((toQuote &- ones) & ~toQuote)
      | ((toBackslash &- ones) & ~toBackslash)
    return (word | tooSmall) & highBits == 0
  }

  /// How many bytes the character takes that begins at `index` and is not ASCII; 0: it is not valid UTF-8.
  private static func lengthOfSequence(in bytes: UnsafeRawBufferPointer, at index: Int) -> Int {
    // Which second bytes are allowed keeps out surrogates, detours and what is above U+10FFFF.
    let (length, second): (Int, ClosedRange<UInt8>) =
      switch bytes[index] {
      case 0xc2...0xdf: (2, 0x80...0xbf)
      case 0xe0: (3, 0xa0...0xbf)
      case 0xed: (3, 0x80...0x9f)
      case 0xe1...0xef: (3, 0x80...0xbf)
      case 0xf0: (4, 0x90...0xbf)
      case 0xf1...0xf3: (4, 0x80...0xbf)
      case 0xf4: (4, 0x80...0x8f)
      default: (0, 0x80...0xbf)
      }
    guard length > 0, bytes.count - index >= length, second.contains(bytes[index + 1]) else { return 0 }
    for offset in 2..<length where bytes[index + offset] & 0xc0 != 0x80 { return 0 }
    return length
  }
}

// MARK: Escapes

extension JSONText {
  /// A character that is written with a backslash.
  struct Escape {
    let scalar: Unicode.Scalar
    /// Bytes that it takes as it is written.
    let length: Int
  }

  /// The escape that begins at `index` with its backslash; nil if it is none, or half of a surrogate pair.
  static func escape(in bytes: UnsafeRawBufferPointer, at index: Int) -> Escape? {
    guard bytes.count - index >= 2 else { return nil }
    switch bytes[index + 1] {
    case quote: return Escape(scalar: "\"", length: 2)
    case backslash: return Escape(scalar: "\\", length: 2)
    case UInt8(ascii: "/"): return Escape(scalar: "/", length: 2)
    case UInt8(ascii: "b"): return Escape(scalar: "\u{8}", length: 2)
    case UInt8(ascii: "f"): return Escape(scalar: "\u{c}", length: 2)
    case UInt8(ascii: "n"): return Escape(scalar: "\n", length: 2)
    case UInt8(ascii: "r"): return Escape(scalar: "\r", length: 2)
    case UInt8(ascii: "t"): return Escape(scalar: "\t", length: 2)
    case UInt8(ascii: "u"): break
    default: return nil
    }
    guard let unit = codeUnit(in: bytes, at: index) else { return nil }
    // Alone, neither half of a surrogate pair is a scalar.
    if let scalar = Unicode.Scalar(unit) { return Escape(scalar: scalar, length: 6) }
    guard unit < 0xdc00, let low = codeUnit(in: bytes, at: index + 6), 0xdc00...0xdfff ~= low,
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
    else { return nil }
    return Escape(scalar: scalar, length: 12)
  }

  /// How long half of a surrogate pair is as it is written.
  static let halfPairLength = 6

  /// Whether half of a surrogate pair is written at `index`.
  static func isHalfPair(in bytes: UnsafeRawBufferPointer, at index: Int) -> Bool {
    codeUnit(in: bytes, at: index).map { 0xd800...0xdfff ~= $0 } ?? false
  }

  /// The number of a `\uXXXX`.
  private static func codeUnit(in bytes: UnsafeRawBufferPointer, at index: Int) -> UInt32? {
    guard bytes.count - index >= 6, bytes[index] == backslash, bytes[index + 1] == UInt8(ascii: "u") else {
      return nil
    }
    var unit: UInt32 = 0
    for offset in 2..<6 {
      let byte = bytes[index + offset]
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
      case UInt8(ascii: "A")...UInt8(ascii: "F"): unit = unit << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
      default: return nil
      }
    }
    return unit
  }
}
