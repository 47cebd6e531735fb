/// Writes the fields of a protobuf message one after another, for what is done so often that libprotobuf-c costs too much.
///
/// What has proto3's default is left out, as by libprotobuf-c. Tags are those of fields 1 to 15, which take one byte.
struct FieldWriter {
  /// Where the next field goes. There must be room for it: see ``size(count:)`` and ``size(number:)``.
  private(set) var next: UnsafeMutablePointer<UInt8>

  init(to memory: UnsafeMutablePointer<UInt8>) { next = memory }

  /// The size of a field with eight bytes.
  static let fixedSize = 9

  /// The size of a field with this many bytes.
  static func size(count: Int) -> Int { count == 0 ? 0 : 1 + Varint.size(UInt64(count)) + count }

  /// The size of a field with a number.
  static func size(number: UInt64) -> Int { number == 0 ? 0 : 1 + Varint.size(number) }

  /// The beginning of a message inside, whose fields follow.
  mutating func add(_ tag: UInt8, length: Int) {
    next.pointee = tag
    next += 1
    add(varint: UInt64(length))
  }

  mutating func add(_ tag: UInt8, number: UInt64) {
    guard number != 0 else { return }
    next.pointee = tag
    next += 1
    add(varint: number)
  }

  /// Eight bytes that are filled in later.
  mutating func leaveOpen(_ tag: UInt8) {
    next.pointee = tag
    (next + 1).initialize(repeating: .max, count: Self.fixedSize - 1)
    next += Self.fixedSize
  }

  mutating func add(_ tag: UInt8, _ text: String) { text.withBytes { add(tag, $0) } }

  mutating func add(_ tag: UInt8, _ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.baseAddress, !bytes.isEmpty else { return }
    add(tag, length: bytes.count)
    UnsafeMutableRawPointer(next).copyMemory(from: start, byteCount: bytes.count)
    next += bytes.count
  }

  private mutating func add(varint value: UInt64) {
    let size = Varint.size(value)
    Varint.write(value, to: UnsafeMutableRawBufferPointer(start: next, count: size))
    next += size
  }
}
