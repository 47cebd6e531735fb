/// Bytes as text (RFC 4648): written in the standard alphabet with padding, read in both alphabets with or without.
package enum Base64 {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
  private static let padding = UInt8(ascii: "=")
  private static let noDigit: UInt8 = 0xff

  /// What each byte stands for.
  private static let digits: [UInt8] = {
    var digits = [UInt8](repeating: noDigit, count: 256)
    for (value, character) in alphabet.enumerated() { digits[Int(character)] = UInt8(value) }
    digits[Int(UInt8(ascii: "-"))] = 62
    digits[Int(UInt8(ascii: "_"))] = 63
    return digits
  }()

  /// How many bytes of text `count` bytes become.
  static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

  package static func encode(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: encodedCount(bytes.count)) { text in
      bytes.withUnsafeBytes { encode($0, to: UnsafeMutableRawBufferPointer(text)) }
      return encodedCount(bytes.count)
    }
  }

  /// Writes `encodedCount` bytes of text.
  static func encode(_ bytes: UnsafeRawBufferPointer, to text: UnsafeMutableRawBufferPointer) {
    alphabet.withUnsafeBufferPointer { alphabet in
      var (index, written) = (0, 0)
      while index + 3 <= bytes.count {
        let group = Int(bytes[index]) << 16 | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2])
        text[written] = alphabet[group >> 18]
        text[written + 1] = alphabet[group >> 12 & 63]
        text[written + 2] = alphabet[group >> 6 & 63]
        text[written + 3] = alphabet[group & 63]
        index += 3
        written += 4
      }
      guard index < bytes.count else { return }
      let isPair = index + 2 == bytes.count
      let group = Int(bytes[index]) << 16 | (isPair ? Int(bytes[index + 1]) << 8 : 0)
      text[written] = alphabet[group >> 18]
      text[written + 1] = alphabet[group >> 12 & 63]
      text[written + 2] = isPair ? alphabet[group >> 6 & 63] : padding
      text[written + 3] = padding
    }
  }

  /// Replaces the text at the front of `memory` by the bytes that it stands for.
  ///
  /// - Returns: how many bytes; nil if the text is not Base64.
  static func decode(inPlace memory: UnsafeMutableRawBufferPointer) -> Int? {
    var length = memory.count
    if length.isMultiple(of: 4) {
      // Padding fills the last group of four.
      for _ in 0..<2 where length > 0 && memory[length - 1] == padding { length -= 1 }
    }
    guard length % 4 != 1 else { return nil }
    return digits.withUnsafeBufferPointer { digits in
      var (index, written) = (0, 0)
      while index + 4 <= length {
        let (first, second) = (digits[Int(memory[index])], digits[Int(memory[index + 1])])
        let (third, fourth) = (digits[Int(memory[index + 2])], digits[Int(memory[index + 3])])
        // Of all values only what is no digit has the high bit.
        guard first | second | third | fourth < 0x80 else { return nil }
        memory[written] = first << 2 | second >> 4
        memory[written + 1] = second << 4 | third >> 2
        memory[written + 2] = third << 6 | fourth
        index += 4
        written += 3
      }
      guard index < length else { return written }
      // Two or three digits.
      let (first, second) = (digits[Int(memory[index])], digits[Int(memory[index + 1])])
      let third = length - index == 3 ? digits[Int(memory[index + 2])] : 0
      guard first | second | third < 0x80 else { return nil }
      memory[written] = first << 2 | second >> 4
      guard length - index == 3 else { return written + 1 }
      memory[written + 1] = second << 4 | third >> 2
      return written + 2
    }
  }
}
