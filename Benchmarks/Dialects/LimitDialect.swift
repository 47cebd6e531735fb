/// The minimal C server, `Benchmarks/limit-server.c`.
struct LimitDialect: Dialect {
  private static let longest = 1 << 21
  private let bytes: Int

  init(_ workload: Workload) { bytes = workload.bytes }

  func hello(_ peer: Peer, step: Int) -> [UInt8]? {
    guard step == 0 else { return nil }
    switch peer.role {
    case .subscriber, .stalled:
      return Self.number(5) + [UInt8(ascii: "S")] + Self.number(peer.topic)
    case .publisher, .idle:
      return Self.number(5) + [UInt8(ascii: "P")] + Self.number(0)
    }
  }

  func publish(topic: Int, publisher: Int) -> (prefix: [UInt8], suffix: [UInt8]) {
    (Self.number(4 + bytes) + Self.number(topic), [])
  }

  @inline(__always)
  func scan<S: FrameSink>(_ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S) -> Int {
    var done = 0
    while count &- done >= 4 {
      let length = Int(
        UInt32(littleEndian: UnsafeRawPointer(bytes + done).loadUnaligned(as: UInt32.self)))
      if length < 4 || length > Self.longest {
        sink.failed("a frame of \(length) bytes")
        return count
      }
      if count &- done &- 4 < length { break }
      // The first frame comes back with a letter; it is shorter than any delivery.
      if length == 5 {
        sink.answered()
      } else {
        sink.delivered(bytes + (done &+ 8), length &- 4)
      }
      done &+= 4 &+ length
    }
    return done
  }

  private static func number(_ value: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt32(truncatingIfNeeded: value).littleEndian, Array.init)
  }
}
