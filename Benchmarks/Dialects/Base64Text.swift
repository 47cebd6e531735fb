/// Reads Base64 in groups of four digits, by one table for each place in the group.
struct Base64Text {
  private static let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
  private static let padding = UInt8(ascii: "=")
  /// More than any group; stays when groups are put together.
  private static let noDigit: UInt32 = 1 << 24

  private let tables: UnsafeMutablePointer<UInt32>
  private let memory: UnsafeMutablePointer<UInt8>
  private let capacity: Int

  /// - Parameter capacity: the most bytes of one text; the memory is kept until the process ends.
  init(capacity: Int) {
    self.capacity = capacity
    // Each group writes four bytes, of which three count.
    memory = .allocate(capacity: capacity + 4)
    tables = .allocate(capacity: 4 * 256)
    tables.initialize(repeating: Self.noDigit, count: 4 * 256)
    for (value, digit) in Self.alphabet.utf8.enumerated() {
      for place in 0..<4 { tables[place * 256 + Int(digit)] = UInt32(value) << (18 - 6 * place) }
    }
  }

  /// The bytes that the text stands for, valid until the next call; nil: it is not padded Base64, or too long.
  @inline(__always)
  func decode(_ text: UnsafePointer<UInt8>, _ count: Int) -> UnsafeBufferPointer<UInt8>? {
    guard count > 0, count & 3 == 0, count / 4 &* 3 <= capacity &+ 2 else { return nil }
    var written = 0
    var at = 0
    var faults: UInt32 = 0
    while at < count &- 4 {
      let group = group(text + at)
      faults |= group
      UnsafeMutableRawPointer(memory + written).storeBytes(of: (group &<< 8).bigEndian, as: UInt32.self)
      at &+= 4
      written &+= 3
    }
    let missing = text[at &+ 3] != Self.padding ? 0 : text[at &+ 2] != Self.padding ? 1 : 2
    guard let last = last(text + at, missing), faults < Self.noDigit else { return nil }
    for place in 0..<3 &- missing {
      memory[written &+ place] = UInt8(truncatingIfNeeded: last &>> UInt32(16 &- 8 &* place))
    }
    written &+= 3 &- missing
    return written <= capacity ? UnsafeBufferPointer(start: memory, count: written) : nil
  }

  @inline(__always)
  private func group(_ text: UnsafePointer<UInt8>) -> UInt32 {
    tables[Int(text[0])] | tables[256 &+ Int(text[1])] | tables[512 &+ Int(text[2])]
      | tables[768 &+ Int(text[3])]
  }

  /// The last group, which may have padding.
  private func last(_ text: UnsafePointer<UInt8>, _ missing: Int) -> UInt32? {
    var group: UInt32 = 0
    for place in 0..<4 - missing { group |= tables[place * 256 + Int(text[place])] }
    // Digits that stand for less than a byte must be zero beyond it.
    let unused: UInt32 = missing == 0 ? 0 : missing == 1 ? 0xFF : 0xFFFF
    return group < Self.noDigit && group & unused == 0 ? group : nil
  }
}
