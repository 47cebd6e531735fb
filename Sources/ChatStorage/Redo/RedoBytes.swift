/// Writes the values of a record, one behind the other: numbers with eight bytes, little end first, and bytes behind
/// their count.
struct RedoEncoder: ~Copyable {
  /// Memory up to this is kept for the next record.
  private static let keptBytes = 1024 * 1024
  static let numberBytes = 8

  private var memory = ReusedMemory()

  /// What was written, valid until the next change.
  var bytes: UnsafeRawBufferPointer { memory.bytes }

  mutating func removeAll() { memory.removeAll(keeping: Self.keptBytes) }

  /// Writes over a number.
  mutating func set(_ number: UInt64, at offset: Int) {
    memory.mutableBytes.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt64.self)
  }

  mutating func add(_ number: UInt64) {
    add(count: Self.numberBytes) { $0.add(number) }
  }

  mutating func add(_ text: String) {
    add(count: Self.size(of: text)) { $0.add(text) }
  }

  /// Adds values that take `count` bytes together, which `write` writes.
  mutating func add(count: Int, _ write: (inout RedoWriter) -> Void) {
    memory.append(count: count) { memory in
      var writer = RedoWriter(to: memory)
      write(&writer)
    }
  }

  /// What a text takes.
  static func size(of text: String) -> Int { numberBytes + text.utf8.count }
}

/// Writes values to memory that has room for them.
struct RedoWriter {
  private var rest: UnsafeMutableRawBufferPointer

  fileprivate init(to memory: UnsafeMutableRawBufferPointer) { rest = memory }

  mutating func add(_ number: UInt64) {
    take(RedoEncoder.numberBytes).storeBytes(of: number.littleEndian, as: UInt64.self)
  }

  mutating func add(_ number: Int64) { add(UInt64(bitPattern: number)) }

  mutating func add(_ text: String) {
    add(count: text.utf8.count) { $0.copyBytes(from: text.utf8) }
  }

  /// Adds bytes that `fill` writes in place. It must write all of them.
  mutating func add(count: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) {
    add(UInt64(count))
    fill(take(count))
  }

  private mutating func take(_ count: Int) -> UnsafeMutableRawBufferPointer {
    defer { rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...]) }
    return UnsafeMutableRawBufferPointer(rebasing: rest[..<count])
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

extension [UInt8] {
  /// Lends the bytes, as `withUnsafeBytes` does, and keeps the type of an error.
  func lend<Value, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try withUnsafeBytes { bytes in Result { () throws(Failure) in try body(bytes) } }.get()
  }
}
