import ChatCore

/// A group of writes that were made durable together, as it is on disk.
///
/// In numbers of eight bytes with the little end first: a checksum of all that follows, the record's number, the count of
/// bytes that the writes take, and the writes.
struct RedoRecord {
  static let headerBytes = 3 * 8
  private static let countOffset = 2 * 8
  private static let checksumBytes = 8
  /// The largest number that SQLite keeps.
  private static let mostNumber = UInt64(Int64.max) - 1

  /// Counts the groups that a store has made durable, from 1.
  let number: UInt64
  /// The whole of it.
  let range: Range<Int>

  /// Writes a record over what the encoder has.
  static func encode(
    _ writes: some Sequence<StoreWrite>, number: UInt64, salt: UInt64, into encoder: inout RedoEncoder
  ) {
    encoder.removeAll()
    for value in [0, number, 0] { encoder.add(value) }
    for write in writes { write.encode(into: &encoder) }
    encoder.set(UInt64(encoder.bytes.count - headerBytes), at: countOffset)
    encoder.set(checksum(of: encoder.bytes, salt), at: 0)
  }

  /// The record that starts at an offset; nil: there is none with this salt, or not all of it.
  init?(in bytes: UnsafeRawBufferPointer, at start: Int, salt: UInt64) {
    guard start >= 0, start <= bytes.count - Self.headerBytes else { return nil }
    func value(at offset: Int) -> UInt64 {
      UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: start + offset, as: UInt64.self))
    }
    let count = value(at: Self.countOffset)
    guard count <= UInt64(bytes.count - Self.headerBytes - start) else { return nil }
    range = start..<start + Self.headerBytes + Int(count)
    number = value(at: Self.checksumBytes)
    let record = UnsafeRawBufferPointer(rebasing: bytes[range])
    guard value(at: 0) == Self.checksum(of: record, salt), number <= Self.mostNumber else { return nil }
  }

  /// Reads the writes again.
  func writes(in bytes: UnsafeRawBufferPointer) throws(SQLiteFailure) -> [StoreWrite] {
    let payload = bytes[range.dropFirst(Self.headerBytes)]
    var decoder = RedoDecoder(UnsafeRawBufferPointer(rebasing: payload))
    var writes: [StoreWrite] = []
    while !decoder.isAtEnd { writes.append(try StoreWrite(from: &decoder)) }
    return writes
  }

  private static func checksum(of record: UnsafeRawBufferPointer, _ salt: UInt64) -> UInt64 {
    RedoChecksum.of(UnsafeRawBufferPointer(rebasing: record[checksumBytes...]), salt: salt)
  }
}
