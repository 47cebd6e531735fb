/// Writes the values of a record, one behind the other: numbers with eight bytes, little end first, and bytes behind
/// their count.
struct RedoEncoder {
  private(set) var bytes: [UInt8] = []

  /// Memory up to this is kept for the next record.
  private static let keptBytes = 1024 * 1024

  mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

  /// Gives memory back that is seldom needed.
  mutating func shrink() {
    if bytes.capacity > Self.keptBytes { bytes = [] }
  }

  mutating func add(_ number: UInt64) {
    withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
  }

  mutating func add(_ number: Int64) { add(UInt64(bitPattern: number)) }

  /// Writes over a number.
  mutating func set(_ number: UInt64, at offset: Int) {
    bytes.withUnsafeMutableBytes {
      $0.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt64.self)
    }
  }

  mutating func add(_ text: String) {
    add(UInt64(text.utf8.count))
    bytes.append(contentsOf: text.utf8)
  }

  /// Adds bytes that `fill` writes in place. It must write all of them.
  mutating func add(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    add(UInt64(count))
    let start = bytes.count
    bytes.append(contentsOf: repeatElement(0, count: count))
    bytes.withUnsafeMutableBytes { fill(UnsafeMutableRawBufferPointer(rebasing: $0[start...])) }
  }
}

/// Reads what a ``RedoEncoder`` has written. All that does not fit is ``SQLiteFailure/Kind/corrupt``.
struct RedoDecoder {
  private var rest: UnsafeRawBufferPointer

  /// - Parameter bytes: must stay valid meanwhile.
  init(_ bytes: UnsafeRawBufferPointer) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func unsigned() throws(SQLiteFailure) -> UInt64 {
    UInt64(littleEndian: try take(8).loadUnaligned(as: UInt64.self))
  }

  mutating func signed() throws(SQLiteFailure) -> Int64 { Int64(bitPattern: try unsigned()) }

  /// A count of values that take at least a byte each.
  mutating func count() throws(SQLiteFailure) -> Int {
    let count = try unsigned()
    guard count <= UInt64(rest.count) else { throw Self.tooShort }
    return Int(count)
  }

  mutating func slice() throws(SQLiteFailure) -> UnsafeRawBufferPointer {
    let count = try count()
    return try take(count)
  }

  mutating func text() throws(SQLiteFailure) -> String { String(decoding: try slice(), as: UTF8.self) }

  private mutating func take(_ count: Int) throws(SQLiteFailure) -> UnsafeRawBufferPointer {
    guard count <= rest.count else { throw Self.tooShort }
    defer { rest = UnsafeRawBufferPointer(rebasing: rest[count...]) }
    return UnsafeRawBufferPointer(rebasing: rest[..<count])
  }

  private static let tooShort = SQLiteFailure(
    kind: .corrupt, text: "a record of the redo log ends before its contents")
}
