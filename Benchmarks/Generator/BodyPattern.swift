import Foundation

/// What stands in bodies: the message's index in its topic, the scheduled time of its send, and bytes that
/// depend on index and topic.
struct BodyPattern {
  static let headerBytes = 16
  /// Windows of the table that bodies take their bytes from.
  private static let windows = 4096

  let bytes: Int
  private let table: UnsafeMutablePointer<UInt8>

  init(bytes: Int) {
    self.bytes = bytes
    table = .allocate(capacity: Self.windows + bytes)
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    for index in 0..<Self.windows + bytes {
      state ^= state << 13
      state ^= state >> 7
      state ^= state << 17
      table[index] = UInt8(truncatingIfNeeded: state >> 32)
    }
  }

  @inline(__always)
  private func window(_ index: UInt64, _ topic: Int32) -> UnsafeMutablePointer<UInt8> {
    let number = Int(truncatingIfNeeded: index) &* 31 &+ Int(topic) &* 977
    return table + (number & (Self.windows - 1))
  }

  @inline(__always)
  static func index(_ body: UnsafePointer<UInt8>) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(body).loadUnaligned(as: UInt64.self))
  }

  @inline(__always)
  static func scheduled(_ body: UnsafePointer<UInt8>) -> UInt64 {
    UInt64(littleEndian: UnsafeRawPointer(body).loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  @inline(__always)
  func write(index: UInt64, topic: Int32, scheduled: UInt64, to body: UnsafeMutablePointer<UInt8>) {
    let raw = UnsafeMutableRawPointer(body)
    raw.storeBytes(of: index.littleEndian, as: UInt64.self)
    raw.storeBytes(of: scheduled.littleEndian, toByteOffset: 8, as: UInt64.self)
    memcpy(raw + Self.headerBytes, window(index, topic), bytes - Self.headerBytes)
  }

  @inline(__always)
  func matches(_ body: UnsafePointer<UInt8>, _ count: Int, topic: Int32) -> Bool {
    count == bytes
      && memcmp(
        body + Self.headerBytes, window(Self.index(body), topic), bytes - Self.headerBytes) == 0
  }
}
