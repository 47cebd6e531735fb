/// The front of a name, as a value: who has it need not look elsewhere for most names.
///
/// A text of more than 15 bytes lies in memory of its own, which is far away where there are thousands.
struct NameFront {
  /// Bytes; `group:` with a UUID has 42.
  static let room = 48

  private var memory: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0, 0)
  /// Of the whole name.
  let count: Int

  init(_ name: String) {
    count = name.utf8.count
    withUnsafeMutableBytes(of: &memory) { memory in
      name.withBytes { memory.copyMemory(from: Self.front(of: $0)) }
    }
  }

  /// It is the whole name.
  var isWhole: Bool { count <= Self.room }

  /// The name of these bytes has this front, and is as long.
  func isFront(of name: UnsafeRawBufferPointer) -> Bool {
    guard name.count == count else { return false }
    return withBytes { $0.hasSameBytes(as: Self.front(of: name)) }
  }

  /// Lends the bytes for the duration of `body`.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    withUnsafeBytes(of: memory) { body(UnsafeRawBufferPointer(rebasing: $0[..<min(count, Self.room)])) }
  }

  private static func front(of name: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: name[..<min(name.count, room)])
  }
}
