// Pieces of JSON, written behind what a buffer holds.

extension FrameBuffer {
  mutating func appendByte(_ byte: UInt8) {
    append(count: 1) { $0[0] = byte }
  }

  mutating func appendWord(_ word: StaticString) {
    append(UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
  }

  /// Appends a name in quotes, which needs no escapes.
  mutating func appendName(_ name: NameBytes) {
    let count = name.reduce(0) { count, _ in count + 1 }
    append(count: count + 2) { memory in
      memory[0] = JSONText.quote
      var index = 1
      for byte in name {
        memory[index] = byte
        index += 1
      }
      memory[index] = JSONText.quote
    }
  }

  /// Appends a string with its quotes.
  ///
  /// - Returns: false if the text is not valid UTF-8; then only its beginning was appended.
  mutating func appendString(_ text: UnsafeRawBufferPointer) -> Bool {
    appendByte(JSONText.quote)
    var index = 0
    while index < text.count {
      let end = JSONText.endOfRun(in: text, from: index)
      append(UnsafeRawBufferPointer(rebasing: text[index..<end]))
      guard end < text.count else { break }
      guard text[end] < 0x80 else { return false }
      appendEscape(of: text[end])
      index = end + 1
    }
    appendByte(JSONText.quote)
    return true
  }

  /// Appends what stands for a quote, a backslash or a control character.
  private mutating func appendEscape(of byte: UInt8) {
    switch byte {
    case JSONText.quote: appendWord("\\\"")
    case JSONText.backslash: appendWord("\\\\")
    case 0x08: appendWord("\\b")
    case 0x09: appendWord("\\t")
    case 0x0a: appendWord("\\n")
    case 0x0c: appendWord("\\f")
    case 0x0d: appendWord("\\r")
    default:
      appendWord(byte < 0x10 ? "\\u000" : "\\u001")
      let digit = byte & 0xf
      appendByte(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }

  mutating func appendInteger(_ value: some FixedWidthInteger) {
    if value < 0 { appendByte(UInt8(ascii: "-")) }
    let magnitude = UInt64(truncatingIfNeeded: value.magnitude)
    var digits = 1
    var rest = magnitude / 10
    while rest > 0 {
      digits += 1
      rest /= 10
    }
    append(count: digits) { memory in
      var rest = magnitude
      for index in (0..<digits).reversed() {
        memory[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      }
    }
  }

  /// Appends an integer in quotes, as JSON has those of 64 bits.
  mutating func appendQuotedInteger(_ value: some FixedWidthInteger) {
    appendByte(JSONText.quote)
    appendInteger(value)
    appendByte(JSONText.quote)
  }

  /// Appends bytes as a string of Base64.
  mutating func appendBase64(_ bytes: UnsafeRawBufferPointer) {
    appendByte(JSONText.quote)
    append(count: Base64.encodedCount(bytes.count)) { Base64.encode(bytes, to: $0) }
    appendByte(JSONText.quote)
  }
}
