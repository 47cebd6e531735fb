/// NATS JetStream with file storage: each publish has a reply subject with its serial number.
struct JetStreamDialect: Dialect {
  private static let serialDigits = 16
  private static let hexadecimal = Array("0123456789abcdef".utf8)

  private let prefix: String
  private let bytes: Int

  init(_ workload: Workload) {
    prefix = workload.topicPrefix ?? "bench."
    bytes = workload.bytes
  }

  func answer(to question: [UInt8]) -> [UInt8] { Array("PONG\r\n".utf8) }

  func hello(_ peer: Peer, step: Int) -> [UInt8]? {
    switch step {
    case 0:
      let connect =
        "CONNECT {\"verbose\":false,\"pedantic\":false,\"headers\":true,\"no_responders\":true}\r\n"
      return Array("\(connect)SUB _INBOX.\(peer.number).* 1\r\nPING\r\n".utf8)
    case 1 where peer.role == .publisher && peer.number == 0:
      let json = """
        {"name":"bench","subjects":["\(prefix)>"],"retention":"limits","max_consumers":-1,"max_msgs":-1,\
        "max_bytes":-1,"max_age":0,"storage":"file","discard":"old","num_replicas":1}
        """
      let create = "PUB $JS.API.STREAM.CREATE.bench _INBOX.0.create \(json.utf8.count)\r\n\(json)\r\n"
      return Array(create.utf8)
    default: return nil
    }
  }

  func publish(topic: Int, publisher: Int) -> (prefix: [UInt8], suffix: [UInt8]) {
    let serial = String(repeating: "0", count: Self.serialDigits)
    let head = "PUB \(prefix)\(topic) _INBOX.\(publisher).\(serial) \(bytes)\r\n"
    return (Array(head.utf8), Array("\r\n".utf8))
  }

  func patch(_ prefix: UnsafeMutablePointer<UInt8>, count: Int, serial: UInt64) {
    // The serial number stands before a space, the length and the line's end.
    var at = count - 3 - String(bytes).utf8.count
    var serial = serial
    for _ in 0..<Self.serialDigits {
      at -= 1
      prefix[at] = Self.hexadecimal[Int(serial & 15)]
      serial >>= 4
    }
  }

  func scan<S: FrameSink>(_ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S) -> Int {
    NATSDialect.scan(bytes, count, into: &sink) { body, length, start, end, sink in
      if let text = Self.error(body, length) {
        return sink.failed("JetStream says: \(text)")
      }
      // MSG _INBOX.<publisher>.<serial> 1 <bytes>
      var at = start + 4
      while at < end, bytes[at] != 32 { at += 1 }
      guard let serial = Self.serial(bytes, at - Self.serialDigits..<at) else { return sink.answered() }
      sink.acknowledged(serial)
    }
  }

  /// The answer, if it has an error in it. Acknowledgements are short, so they are searched plainly.
  private static func error(_ body: UnsafePointer<UInt8>, _ length: Int) -> String? {
    let text = body.text(0..<length)
    return text.utf8.count < 11 || text.contains("\"error\"") ? text : nil
  }

  private static func serial(_ bytes: UnsafePointer<UInt8>, _ range: Range<Int>) -> UInt64? {
    var value: UInt64 = 0
    for at in range {
      guard let digit = hexadecimal.firstIndex(of: bytes[at]) else { return nil }
      value = value << 4 | UInt64(digit)
    }
    return value
  }
}
