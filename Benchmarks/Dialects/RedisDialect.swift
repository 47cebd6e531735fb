import Foundation

/// Publish and subscribe of Redis, in RESP2.
struct RedisDialect: Dialect {
  private let prefix: String
  private let bytes: Int
  /// The start of each delivery.
  private let start: StaticString = "*3\r\n$7\r\nmessage\r\n$"

  init(_ workload: Workload) {
    prefix = workload.topicPrefix ?? "live:"
    bytes = workload.bytes
  }

  func hello(_ peer: Peer, step: Int) -> [UInt8]? {
    guard step == 0 else { return nil }
    switch peer.role {
    case .subscriber, .stalled: return RESP.command("SUBSCRIBE", "\(prefix)\(peer.topic)")
    case .publisher, .idle: return RESP.command("PING")
    }
  }

  func publish(topic: Int, publisher: Int) -> (prefix: [UInt8], suffix: [UInt8]) {
    let channel = "\(prefix)\(topic)"
    let head = "*3\r\n$7\r\nPUBLISH\r\n$\(channel.utf8.count)\r\n\(channel)\r\n$\(bytes)\r\n"
    return (Array(head.utf8), Array("\r\n".utf8))
  }

  @inline(__always)
  func scan<S: FrameSink>(_ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S) -> Int {
    var done = 0
    while done < count {
      var at = done &+ start.utf8CodeUnitCount
      guard count >= at, memcmp(bytes + done, start.utf8Start, start.utf8CodeUnitCount) == 0 else {
        let length = RESP.scan(bytes + done, count &- done, into: &sink) { sink in sink.answered() }
        if length == 0 { break }
        done &+= length
        continue
      }
      guard let channel = bytes.decimal(&at, to: count) else { break }
      // \r\n channel \r\n $
      at &+= channel &+ 5
      guard at < count, let length = bytes.decimal(&at, to: count), at < count else { break }
      if count &- at < length &+ 4 { break }
      sink.delivered(bytes + (at &+ 2), length)
      done = at &+ 4 &+ length
    }
    return done
  }
}
