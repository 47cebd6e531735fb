/// Reads the fields of a protobuf message in the order of their numbers, in place, for what is done so often that
/// libprotobuf-c costs too much.
///
/// It reads what encoders write: each field at most once. Of anything else it only says so, by ``isAtEnd``. Tags are those of
/// fields 1 to 15, which take one byte.
struct FieldReader {
  /// libprotobuf-c reads a length of at most so many bytes.
  private static let longestLength = 5

  private var rest: UnsafeRawBufferPointer
  private var isStuck = false

  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

  /// All was read, and was what it was read as.
  var isAtEnd: Bool { !isStuck && rest.isEmpty }

  /// The number of the next field, if it has this tag; else 0.
  mutating func number(_ tag: UInt8) -> UInt64 {
    takes(tag) ? varint(longest: Varint.longest) : 0
  }

  /// The contents of the next field, if it has this tag; else none.
  mutating func bytes(_ tag: UInt8) -> UnsafeRawBufferPointer {
    guard takes(tag) else { return Self.none }
    let length = varint(longest: Self.longestLength)
    guard length <= UInt64(rest.count) else { return stop() }
    defer { skip(Int(length)) }
    return UnsafeRawBufferPointer(rebasing: rest[..<Int(length)])
  }

  private mutating func takes(_ tag: UInt8) -> Bool {
    guard rest.first == tag else { return false }
    skip(1)
    return true
  }

  private mutating func varint(longest: Int) -> UInt64 {
    guard case .value(let value, let size) = Varint.read(rest), size <= longest else {
      _ = stop()
      return 0
    }
    skip(size)
    return value
  }

  private mutating func skip(_ count: Int) { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }

  private mutating func stop() -> UnsafeRawBufferPointer {
    isStuck = true
    return Self.none
  }

  private static var none: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: nil, count: 0) }
}
