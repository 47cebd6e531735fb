import Foundation

/// The subprotocol chat.v1.json: lines with one object each.
struct ChatJSON: WebSocketContent {
  private static let longestLine = 16 << 20
  private static let longestBody = 1 << 20
  private static let quote = UInt8(ascii: "\"")

  static var subprotocol: String { "chat.v1.json" }
  static var opcode: WebSocketFrame.Opcode { .text }

  private let prefix: String
  private let base64 = Base64Text(capacity: longestBody)
  /// The start of each delivery.
  private let start: StaticString = "{\"message\":{"
  private let body: StaticString = "\"body\":\""

  init(_ workload: Workload) { prefix = ChatDialect.prefix(workload) }

  var signOfLife: [UInt8] { Array("{\"ping\":{}}\n".utf8) }

  func hello(_ peer: Peer, step: Int) -> [UInt8]? {
    let subscribes = peer.role == .subscriber || peer.role == .stalled
    switch step {
    case 0:
      let user = (subscribes ? "s" : "i") + String(peer.number)
      return Array("{\"connect\":{\"user\":\"\(user)\",\"client\":\"benchmarks\"}}\n".utf8)
    case 1 where subscribes:
      let subscribe = "{\"conversation\":\"\(prefix)\(peer.topic)\"}"
      return Array("{\"requestId\":\"1\",\"subscribe\":\(subscribe)}\n".utf8)
    default: return nil
    }
  }

  @inline(__always)
  func scan<S: FrameSink>(_ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S) -> Int {
    var done = 0
    while let found = memchr(bytes + done, 10, count &- done) {
      let end = UnsafeRawPointer(found) - UnsafeRawPointer(bytes)
      let at = done &+ start.utf8CodeUnitCount
      if at < end, memcmp(bytes + done, start.utf8Start, start.utf8CodeUnitCount) == 0 {
        guard let body = message(bytes, at, to: end) else {
          sink.failed("a delivery that is not understood: \(bytes.text(done..<end))")
          return count
        }
        sink.delivered(body.start, body.count)
      } else {
        Self.other(bytes, done..<end, into: &sink)
      }
      done = end &+ 1
    }
    if count &- done > Self.longestLine { sink.failed("a line does not end") }
    return done
  }

  /// The body of a message whose fields begin at `start`. Their strings have no escapes, because no name of ours
  /// needs one.
  @inline(__always)
  private func message(
    _ bytes: UnsafePointer<UInt8>, _ start: Int, to end: Int
  ) -> (start: UnsafePointer<UInt8>, count: Int)? {
    var found: UnsafeBufferPointer<UInt8>?
    var at = start
    while true {
      let isBody =
        end &- at > body.utf8CodeUnitCount
        && memcmp(bytes + at, body.utf8Start, body.utf8CodeUnitCount) == 0
      // "name":"value"
      guard let name = string(bytes, &at, to: end), name.count > 0, at < end, bytes[at] == 58 else {
        return nil
      }
      at &+= 1
      guard let value = string(bytes, &at, to: end), at < end else { return nil }
      if isBody {
        guard found == nil, let decoded = base64.decode(bytes + value.start, value.count) else { return nil }
        found = decoded
      }
      // , or the end of the message and of the frame
      at &+= 1
      if bytes[at &- 1] == 44 { continue }
      guard bytes[at &- 1] == 125, end &- at == 1, bytes[at] == 125, let start = found?.baseAddress else {
        return nil
      }
      return (start, found?.count ?? 0)
    }
  }

  /// The place of a string's content; moves behind its end.
  @inline(__always)
  private func string(_ bytes: UnsafePointer<UInt8>, _ at: inout Int, to end: Int) -> (
    start: Int, count: Int
  )? {
    guard at < end, bytes[at] == Self.quote else { return nil }
    let start = at &+ 1
    guard let found = memchr(bytes + start, Int32(Self.quote), end &- start) else { return nil }
    let close = UnsafeRawPointer(found) - UnsafeRawPointer(bytes)
    at = close &+ 1
    return (start, close &- start)
  }

  /// Everything but deliveries.
  @inline(never)
  private static func other<S: FrameSink>(
    _ bytes: UnsafePointer<UInt8>, _ line: Range<Int>, into sink: inout S
  ) {
    let data = Data(UnsafeBufferPointer(start: bytes + line.lowerBound, count: line.count))
    guard let frame = try? JSONSerialization.jsonObject(with: data) as? [String: Any] else {
      return sink.failed("a line that is no object: \(bytes.text(line))")
    }
    for (name, value) in frame where name != "requestId" {
      let fields = value as? [String: Any] ?? [:]
      switch name {
      case "connected", "subscribed": sink.answered()
      case "gap" where fields["reason"] as? String == "GAP_REASON_EPOCH_CHANGED": break
      case "gap": sink.failed("the broker left a gap")
      case "done", "event", "heartbeat": break
      case "error": sink.failed("the broker says: \(fields["message"] ?? "")")
      case "goAway": sink.failed("the broker is stopping")
      default: sink.failed("a frame that was not asked for: \(bytes.text(line))")
      }
    }
  }
}
