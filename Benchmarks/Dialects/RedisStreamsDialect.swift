/// Appends to Redis streams. Redis answers each XADD, in order.
struct RedisStreamsDialect: Dialect {
  private let prefix: String
  private let bytes: Int

  init(_ workload: Workload) {
    prefix = workload.topicPrefix ?? "bench:"
    bytes = workload.bytes
  }

  func hello(_ peer: Peer, step: Int) -> [UInt8]? { step == 0 ? RESP.command("PING") : nil }

  func publish(topic: Int, publisher: Int) -> (prefix: [UInt8], suffix: [UInt8]) {
    let key = "\(prefix)\(topic)"
    let head = "*5\r\n$4\r\nXADD\r\n$\(key.utf8.count)\r\n\(key)\r\n$1\r\n*\r\n$1\r\nd\r\n$\(bytes)\r\n"
    return (Array(head.utf8), Array("\r\n".utf8))
  }

  func scan<S: FrameSink>(_ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S) -> Int {
    var done = 0
    while done < count {
      let length = RESP.scan(bytes + done, count - done, into: &sink) { sink in sink.acknowledged(nil) }
      if length == 0 { break }
      done += length
    }
    return done
  }
}
