/// Reads the tokens of one JSON text (RFC 8259) in place.
///
/// The bytes must stay valid as long as the reader and its strings are in use.
struct JSONReader {
  /// Objects and arrays within one another.
  static let depthLimit = 16

  private let bytes: UnsafeRawBufferPointer
  /// Whether a string may have half of a surrogate pair in it, as JSON's grammar allows. It has no UTF-8.
  private let takesHalfPairs: Bool
  /// Where the next token, or the white space in front of it, begins.
  private(set) var position = 0
  private var depth = 0

  init(_ bytes: UnsafeRawBufferPointer, takesHalfPairs: Bool = false) {
    self.bytes = bytes
    self.takesHalfPairs = takesHalfPairs
  }

  /// What a value is.
  enum Kind {
    case object, array, string, number, `true`, `false`, null
  }

  /// What the next value is, without reading it. Afterwards `position` is where it begins.
  mutating func next() throws(ChatError) -> Kind {
    switch try nextByte() {
    case UInt8(ascii: "{"): return .object
    case UInt8(ascii: "["): return .array
    case JSONText.quote: return .string
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
    case UInt8(ascii: "t"): return .true
    case UInt8(ascii: "f"): return .false
    case UInt8(ascii: "n"): return .null
    default: throw malformed("a value must begin here")
    }
  }

  /// Reads `true`, `false` or `null`, of which the first letter is here.
  mutating func literal(_ kind: Kind) throws(ChatError) {
    let word: StaticString =
      switch kind {
      case .true: "true"
      case .false: "false"
      default: "null"
      }
    let expected = UnsafeRawBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    guard bytes.count - position >= expected.count,
      bytes[position..<(position + expected.count)].elementsEqual(expected)
    else { throw malformed("only true, false and null are written without quotes") }
    position += expected.count
  }

  /// Reads the number that begins here.
  mutating func number() throws(ChatError) -> UnsafeRawBufferPointer {
    guard let end = JSONInteger.endOfNumber(in: bytes, from: position) else {
      throw malformed("a number is written like 5, -5 or 5e3")
    }
    defer { position = end }
    return UnsafeRawBufferPointer(rebasing: bytes[position..<end])
  }

  /// Reads the string that begins here.
  mutating func string() throws(ChatError) -> JSONString {
    position += 1
    let start = position
    var (count, hasNUL) = (0, false)
    while true {
      let end = JSONText.endOfRun(in: bytes, from: position)
      count += end - position
      position = end
      guard end < bytes.count else { throw malformed("a string has no closing quote") }
      switch bytes[end] {
      case JSONText.quote:
        position += 1
        let raw = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
        return JSONString(raw: raw, count: count, hasNUL: hasNUL)
      case JSONText.backslash:
        guard let escape = JSONText.escape(in: bytes, at: end) else {
          guard JSONText.isHalfPair(in: bytes, at: end) else {
            throw malformed("an escape is one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uXXXX")
          }
          guard takesHalfPairs else {
            throw ChatError(
              .invalidArgument,
              "the text at byte \(end) has half of a surrogate pair in it: write both halves, or leave it out"
            )
          }
          position += JSONText.halfPairLength
          continue
        }
        count += escape.scalar.utf8.count
        hasNUL = hasNUL || escape.scalar == "\0"
        position += escape.length
      case ..<JSONText.blank:
        throw malformed("a control character in a string must be escaped")
      default:
        throw malformed("the text is not valid UTF-8")
      }
    }
  }

  /// Reads a value and forgets it.
  mutating func skip() throws(ChatError) {
    let kind = try next()
    var isFirst = true
    switch kind {
    case .object:
      try enter()
      while try nextMember(&isFirst) != nil { try skip() }
    case .array:
      try enter()
      while try nextElement(&isFirst) { try skip() }
    case .string: _ = try string()
    case .number: _ = try number()
    case .true, .false, .null: try literal(kind)
    }
  }

  /// Reads to the end of the text, where nothing but white space may be.
  mutating func finish() throws(ChatError) {
    skipBlanks()
    guard position == bytes.count else { throw malformed("nothing may follow the object") }
  }
}

// MARK: Objects and arrays

extension JSONReader {
  /// Reads the bracket that opens the object or array that begins here.
  mutating func enter() throws(ChatError) {
    guard depth < Self.depthLimit else {
      throw malformed("objects and arrays are nested more than \(Self.depthLimit) deep")
    }
    depth += 1
    position += 1
  }

  /// Reads the name of an object's next member, up to its value; nil after the last one.
  ///
  /// - Parameter isFirst: true at first; kept by the caller until the object ends.
  mutating func nextMember(_ isFirst: inout Bool) throws(ChatError) -> JSONString? {
    guard try separator(&isFirst, end: UInt8(ascii: "}")) else { return nil }
    guard try nextByte() == JSONText.quote else { throw malformed("a name in quotes must begin here") }
    let name = try string()
    guard try nextByte() == UInt8(ascii: ":") else { throw malformed("a colon must stand here") }
    position += 1
    return name
  }

  /// Whether an array has a further element. It is next then.
  mutating func nextElement(_ isFirst: inout Bool) throws(ChatError) -> Bool {
    try separator(&isFirst, end: UInt8(ascii: "]"))
  }

  /// Reads what stands in front of a member or an element; false at the bracket that closes.
  private mutating func separator(_ isFirst: inout Bool, end: UInt8) throws(ChatError) -> Bool {
    let byte = try nextByte()
    if byte == end {
      position += 1
      depth -= 1
      return false
    }
    if isFirst {
      isFirst = false
    } else {
      guard byte == UInt8(ascii: ",") else { throw malformed("a comma or a closing bracket must stand here") }
      position += 1
    }
    return true
  }
}

// MARK: Bytes and errors

extension JSONReader {
  /// The first byte of the next token.
  private mutating func nextByte() throws(ChatError) -> UInt8 {
    skipBlanks()
    guard position < bytes.count else { throw malformed("the text ends too early") }
    return bytes[position]
  }

  private mutating func skipBlanks() {
    while position < bytes.count {
      switch bytes[position] {
      case 0x20, 0x0a, 0x0d, 0x09: position += 1
      default: return
      }
    }
  }

  private func malformed(_ sentence: String) -> ChatError {
    ChatError(.malformedFrame, "the JSON is not valid at byte \(position): \(sentence)")
  }
}

extension JSONReader.Kind: CustomStringConvertible {
  /// As it is called in a sentence.
  var description: String {
    switch self {
    case .object: "an object"
    case .array: "an array"
    case .string: "a string"
    case .number: "a number"
    case .true, .false: "a boolean"
    case .null: "null"
    }
  }
}
