/// MQTT 3.1.1, QoS 0.
struct MQTTDialect: Dialect {
  /// mosquitto listens with a backlog of 100; a connection beyond it waits a second.
  static var handshakes: Int { 64 }

  private let prefix: String
  private let bytes: Int

  init(_ workload: Workload) {
    prefix = workload.topicPrefix ?? "live/"
    bytes = workload.bytes
  }

  func hello(_ peer: Peer, step: Int) -> [UInt8]? {
    let subscribes = peer.role == .subscriber || peer.role == .stalled
    switch step {
    case 0:
      let letter = subscribes ? "s" : peer.role == .publisher ? "p" : "i"
      // level 4, clean session, no keep-alive
      return Self.packet(
        0x10, Self.text("MQTT") + [4, 2, 0, 0] + Self.text("\(letter)\(peer.number)"))
    case 1 where subscribes: return Self.packet(0x82, [0, 1] + Self.text("\(prefix)\(peer.topic)") + [0])
    default: return nil
    }
  }

  func publish(topic: Int, publisher: Int) -> (prefix: [UInt8], suffix: [UInt8]) {
    let name = Self.text("\(prefix)\(topic)")
    return ([0x30] + Protobuf.varint(name.count + bytes) + name, [])
  }

  @inline(__always)
  func scan<S: FrameSink>(_ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S) -> Int {
    var done = 0
    while count &- done >= 2 {
      var at = done &+ 1
      guard let length = Protobuf.varint(bytes, &at, to: min(count, done &+ 5)) else {
        if count &- done >= 5 { sink.failed("a length that is none") }
        break
      }
      if count &- at < Int(length) { break }
      let end = at &+ Int(length)
      switch bytes[done] {
      case 0x30:
        let name = length < 2 ? Int.max : Int(bytes[at]) << 8 | Int(bytes[at &+ 1])
        if name > Int(length) &- 2 {
          sink.failed("a publish that is not well-formed")
          return count
        }
        sink.delivered(bytes + (at &+ 2 &+ name), Int(length) &- 2 &- name)
      case 0x20, 0x90:
        // The last byte of CONNACK and of SUBACK is 0 if all is well.
        if length > 0, bytes[end &- 1] == 0 {
          sink.answered()
        } else {
          sink.failed("mosquitto refuses to connect or to subscribe")
        }
      case 0xD0: break
      default: sink.failed("a packet of type \(bytes[done] >> 4)")
      }
      done = end
    }
    return done
  }

  private static func packet(_ type: UInt8, _ content: [UInt8]) -> [UInt8] {
    [type] + Protobuf.varint(content.count) + content
  }

  private static func text(_ text: String) -> [UInt8] {
    [UInt8(truncatingIfNeeded: text.utf8.count >> 8), UInt8(truncatingIfNeeded: text.utf8.count)]
      + Array(text.utf8)
  }
}
