import Foundation

/// Bytes that a publisher has still to send.
struct Outbox {
  private let base: UnsafeMutablePointer<UInt8>
  private let capacity: Int
  private var start = 0
  private var end = 0

  init(capacity: Int) {
    self.capacity = capacity
    base = .allocate(capacity: capacity)
  }

  var isEmpty: Bool { start == end }

  /// A place for so many bytes; nil: there is no room.
  mutating func reserve(_ count: Int) -> UnsafeMutablePointer<UInt8>? {
    if start == end {
      start = 0
      end = 0
    } else if end + count > capacity, start > 0 {
      memmove(base, base + start, end - start)
      end -= start
      start = 0
    }
    guard end + count <= capacity else { return nil }
    defer { end += count }
    return base + end
  }

  /// Sends what the socket takes; returns how much.
  mutating func flush(_ descriptor: Int32) throws -> Int {
    let sent = try Socket.send(descriptor, base + start, end - start)
    start += sent
    return sent
  }
}
