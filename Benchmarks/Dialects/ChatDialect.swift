import Foundation

/// The protocol of this project, `Docs/protocol.md`.
struct ChatDialect: Dialect {
  /// The first request_id of a publish: so high that all take five bytes, and can be written in place.
  private static let firstRequest: UInt64 = 1 << 28
  private static let requestBytes = 5
  private static let idBytes = 26
  private static let longestFrame: UInt64 = 16 << 20
  private static let digits = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)

  private let workload: Workload
  private let prefix: String
  /// Of the client_message_ids: the time of this run.
  private let startedAt: UInt64

  init(_ workload: Workload) {
    self.workload = workload
    prefix = Self.prefix(workload)
    startedAt = UInt64(Date().timeIntervalSince1970 * 1000)
  }

  /// What conversations begin with.
  static func prefix(_ workload: Workload) -> String {
    workload.topicPrefix ?? (workload.durable ? "broadcast:bench-" : "broadcast:live/")
  }

  func signOfLife(_ role: Connection.Role) -> [UInt8] { signOfLife }

  var signOfLife: [UInt8] { Protobuf.delimited(Protobuf.field(10, [])) }

  func hello(_ peer: Peer, step: Int) -> [UInt8]? {
    let subscribes = peer.role == .subscriber || peer.role == .stalled
    let conversation = Protobuf.field(1, "\(prefix)\(peer.topic)")
    switch (step, workload.kind) {
    case (0, let kind):
      let letter = subscribes ? "s" : peer.role == .publisher ? "p" : "i"
      var connect = Protobuf.field(2, "\(letter)\(peer.number)") + Protobuf.field(4, "benchmarks")
      // An epoch and a sequence of 0 are not written: from the first message on.
      if kind == .resume, subscribes { connect += Protobuf.field(5, conversation) }
      return Protobuf.delimited(Protobuf.field(2, connect))
    case (1, let kind) where kind != .resume && subscribes:
      return Protobuf.delimited(Protobuf.field(1, 1) + Protobuf.field(4, conversation))
    default: return nil
    }
  }

  func publish(topic: Int, publisher: Int) -> (prefix: [UInt8], suffix: [UInt8]) {
    var publish = Protobuf.field(1, "\(prefix)\(topic)")
    var request: [UInt8] = []
    if workload.wantsAnswers {
      request = Protobuf.field(1, Int(Self.firstRequest))
      if workload.clientIDs { publish += Protobuf.field(2, [UInt8](repeating: 48, count: Self.idBytes)) }
    }
    publish += Protobuf.varint(4 << 3 | 2) + Protobuf.varint(workload.bytes)
    let length = publish.count + workload.bytes
    let head = request + Protobuf.varint(3 << 3 | 2) + Protobuf.varint(length)
    return (Protobuf.varint(head.count + length) + head + publish, [])
  }

  func patch(_ prefix: UnsafeMutablePointer<UInt8>, count: Int, serial: UInt64) {
    guard workload.wantsAnswers else { return }
    // length, tag, request_id
    var at = 0
    while prefix[at] >= 128 { at += 1 }
    var request = Self.firstRequest + serial
    for offset in 0..<Self.requestBytes {
      let more: UInt8 = offset < Self.requestBytes - 1 ? 128 : 0
      prefix[at + 2 + offset] = UInt8(request & 127) | more
      request >>= 7
    }
    guard workload.clientIDs else { return }
    // client_message_id, and then the body's tag and length
    let body = 1 + Protobuf.varint(workload.bytes).count
    let id = prefix + (count - body - Self.idBytes)
    Self.write(startedAt, 10, to: id)
    Self.write(serial, Self.idBytes - 10, to: id + 10)
  }

  /// In base 32.
  private static func write(_ value: UInt64, _ count: Int, to place: UnsafeMutablePointer<UInt8>) {
    var value = value
    for offset in (0..<count).reversed() {
      place[offset] = digits[Int(value & 31)]
      value >>= 5
    }
  }

  @inline(__always)
  func scan<S: FrameSink>(_ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S) -> Int {
    var done = 0
    while done < count {
      var at = done
      guard let length = Protobuf.varint(bytes, &at, to: count) else {
        if count &- done >= 10 { sink.failed("a length that is none") }
        break
      }
      if length > UInt64(count &- at) {
        if length > Self.longestFrame { sink.failed("a frame of \(length) bytes") }
        break
      }
      let end = at &+ Int(length)
      done = end
      // A delivery has no request_id, so its first field is the message.
      guard at < end, bytes[at] == 4 << 3 | 2 else {
        Self.other(bytes, at..<end, into: &sink)
        continue
      }
      at &+= 1
      guard let size = Protobuf.varint(bytes, &at, to: end), size == UInt64(end &- at) else {
        sink.failed("a delivery that is not well-formed")
        break
      }
      while true {
        guard let field = Protobuf.field(bytes, &at, to: end) else {
          sink.failed("a delivery without a body")
          return count
        }
        if field.number == 6 {
          sink.delivered(bytes + field.start, field.count)
          break
        }
      }
    }
    return done
  }

  /// Everything but deliveries.
  @inline(never)
  private static func other<S: FrameSink>(
    _ bytes: UnsafePointer<UInt8>, _ frame: Range<Int>, into sink: inout S
  ) {
    var at = frame.lowerBound
    var request: UInt64 = 0
    while at < frame.upperBound {
      guard let field = Protobuf.field(bytes, &at, to: frame.upperBound) else {
        return sink.failed("a frame that is not well-formed")
      }
      let content = field.start..<field.start + field.count
      switch field.number {
      case 1: request = field.value
      case 2, 5: sink.answered()
      case 3 where request >= firstRequest: sink.acknowledged(request - firstRequest)
      case 8:
        // EPOCH_CHANGED, because the epoch was not known
        if value(4, bytes, content) != 2 { sink.failed("the broker left a gap") }
      case 6, 9, 10: break
      case 11: sink.failed("the broker says: \(text(2, bytes, content))")
      case 12: sink.failed("the broker is stopping")
      default: sink.failed("a frame with the body \(field.number), which was not asked for")
      }
    }
  }

  private static func value(_ number: Int, _ bytes: UnsafePointer<UInt8>, _ range: Range<Int>) -> UInt64 {
    var at = range.lowerBound
    while let field = Protobuf.field(bytes, &at, to: range.upperBound) {
      if field.number == number { return field.value }
    }
    return 0
  }

  private static func text(_ number: Int, _ bytes: UnsafePointer<UInt8>, _ range: Range<Int>) -> String {
    var at = range.lowerBound
    while let field = Protobuf.field(bytes, &at, to: range.upperBound) {
      if field.number == number, field.count > 0 {
        return bytes.text(field.start..<field.start + field.count)
      }
    }
    return ""
  }
}
