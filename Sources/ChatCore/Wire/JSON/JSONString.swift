/// A string in a JSON text: checked, but still as it is written.
struct JSONString {
  /// What stands between the quotes.
  let raw: UnsafeRawBufferPointer
  /// How many bytes of UTF-8 the text takes.
  let count: Int
  /// The text has a NUL character in it.
  let hasNUL: Bool

  /// Each escape is longer than the character that it stands for.
  var hasEscapes: Bool { count != raw.count }

  /// Writes `count` bytes of UTF-8 to `memory`.
  func write(to memory: UnsafeMutableRawPointer) {
    guard let start = raw.baseAddress else { return }
    guard hasEscapes else { return memory.copyMemory(from: start, byteCount: count) }
    var (index, written) = (0, 0)
    while index < raw.count {
      let end = JSONText.endOfRun(in: raw, from: index)
      (memory + written).copyMemory(from: start + index, byteCount: end - index)
      written += end - index
      guard let escape = JSONText.escape(in: raw, at: end) else { return }
      for byte in escape.scalar.utf8 {
        memory.storeBytes(of: byte, toByteOffset: written, as: UInt8.self)
        written += 1
      }
      index = end + escape.length
    }
  }
}
