/// The text protocol of nats-server, with publishes that are not stored.
struct NATSDialect: Dialect {
  let prefix: String
  private let bytes: Int

  init(_ workload: Workload) {
    prefix = workload.topicPrefix ?? "live."
    bytes = workload.bytes
  }

  func answer(to question: [UInt8]) -> [UInt8] { Array("PONG\r\n".utf8) }

  func hello(_ peer: Peer, step: Int) -> [UInt8]? {
    guard step == 0 else { return nil }
    var text = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n"
    if peer.role == .subscriber || peer.role == .stalled { text += "SUB \(prefix)\(peer.topic) 1\r\n" }
    return Array((text + "PING\r\n").utf8)
  }

  func publish(topic: Int, publisher: Int) -> (prefix: [UInt8], suffix: [UInt8]) {
    (Array("PUB \(prefix)\(topic) \(bytes)\r\n".utf8), Array("\r\n".utf8))
  }

  @inline(__always)
  func scan<S: FrameSink>(_ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S) -> Int {
    Self.scan(bytes, count, into: &sink) { body, length, _, _, sink in sink.delivered(body, length) }
  }

  /// Calls `message` with the body and the header line of each MSG.
  @inline(__always)
  static func scan<S: FrameSink>(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S,
    message: (UnsafePointer<UInt8>, Int, Int, Int, inout S) -> Void
  ) -> Int {
    var done = 0
    while let end = bytes.lineEnd(from: done, to: count) {
      guard end &- done >= 4, bytes[done] == 77, bytes[done &+ 1] == 83 else {
        control(bytes, done..<end, into: &sink)
        done = end &+ 2
        continue
      }
      // MSG <subject> <sid> [reply] <bytes>
      var at = end
      while at > done, bytes[at &- 1] != 32 { at &-= 1 }
      guard let length = bytes.decimal(&at, to: end), at == end else {
        sink.failed("not understood: \(bytes.text(done..<end))")
        return count
      }
      if count &- end &- 4 < length { break }
      message(bytes + (end &+ 2), length, done, end, &sink)
      done = end &+ 4 &+ length
    }
    return done
  }

  @inline(never)
  private static func control<S: FrameSink>(
    _ bytes: UnsafePointer<UInt8>, _ line: Range<Int>, into sink: inout S
  ) {
    let text = bytes.text(line)
    if text == "PONG" {
      sink.answered()
    } else if text == "PING" {
      sink.asked([])
    } else if !text.hasPrefix("INFO"), !text.hasPrefix("+OK") {
      sink.failed("nats-server says: \(text)")
    }
  }
}
