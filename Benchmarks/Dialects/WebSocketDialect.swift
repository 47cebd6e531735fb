/// Our broker with subscribers, and idle sessions, over WebSocket. Publishers come over TCP as in the chat
/// dialect, so that both differ in the deliveries only.
struct WebSocketDialect<Content: WebSocketContent>: Dialect {
  /// The broker's limit is far below.
  private static var longestMessage: UInt64 { 16 << 20 }

  private let stream: ChatDialect
  private let content: Content
  private let host: String

  init(_ workload: Workload) {
    stream = ChatDialect(workload)
    content = Content(workload)
    host = "\(workload.host):\(workload.webSocketPort ?? workload.port)"
  }

  static func usesWebSocket(_ role: Connection.Role) -> Bool { role != .publisher }

  func hello(_ peer: Peer, step: Int) -> [UInt8]? {
    guard Self.usesWebSocket(peer.role) else { return stream.hello(peer, step: step) }
    if step == 0 { return WebSocketUpgrade.request(host: host, subprotocol: Content.subprotocol) }
    return content.hello(peer, step: step - 1).map { WebSocketFrame.masked(Content.opcode, $0) }
  }

  func publish(topic: Int, publisher: Int) -> (prefix: [UInt8], suffix: [UInt8]) {
    stream.publish(topic: topic, publisher: publisher)
  }

  func patch(_ prefix: UnsafeMutablePointer<UInt8>, count: Int, serial: UInt64) {
    stream.patch(prefix, count: count, serial: serial)
  }

  func signOfLife(_ role: Connection.Role) -> [UInt8] {
    Self.usesWebSocket(role)
      ? WebSocketFrame.masked(Content.opcode, content.signOfLife) : stream.signOfLife(role)
  }

  func answer(to question: [UInt8]) -> [UInt8] { WebSocketFrame.masked(.pong, question) }

  @inline(__always)
  func scan<S: FrameSink>(_ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S) -> Int {
    stream.scan(bytes, count, into: &sink)
  }

  /// Content is scanned where it lies, and as it comes: a message that is long is not put together first.
  @inline(__always)
  func scan<S: FrameSink>(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, _ state: inout WebSocketState, into sink: inout S
  ) -> Int {
    var done = 0
    if state.phase != .open {
      if state.phase == .none { return scan(bytes, count, into: &sink) }
      done = WebSocketUpgrade.scan(bytes, count, subprotocol: Content.subprotocol, into: &sink)
      if done == 0 { return 0 }
      state.phase = .open
    }
    while true {
      if state.unread > 0 {
        let available = min(state.unread, count &- done)
        let taken = content.scan(bytes + done, available, into: &sink)
        done &+= taken
        let endsWithin = taken < available && available == state.unread
        state.unread &-= taken
        if endsWithin { sink.failed("a message that does not end with a frame") }
        if state.unread > 0 { return done }
      }
      guard count &- done >= 2 else { return done }
      guard bytes[done] == 0x80 | Content.opcode.rawValue else {
        let length = Self.control(bytes + done, count &- done, into: &sink)
        if length == 0 { return done }
        done &+= length
        continue
      }
      var start = done &+ 2
      var length = UInt64(bytes[done &+ 1])
      if length >= 126 {
        // A mask would be found here, too.
        let more = length == 126 ? 2 : 8
        guard length < 128 else {
          sink.failed("a frame that is masked")
          return done
        }
        guard count &- start >= more else { return done }
        length = 0
        for offset in 0..<more { length = length &<< 8 | UInt64(bytes[start &+ offset]) }
        start &+= more
        guard length <= Self.longestMessage else {
          sink.failed("a message of \(length) bytes")
          return done
        }
      }
      state.unread = Int(length)
      done = start
    }
  }

  /// Everything but messages. Returns its length; 0: it is not complete, or cannot be.
  @inline(never)
  private static func control<S: FrameSink>(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S
  ) -> Int {
    let length = Int(bytes[1])
    guard bytes[0] & 0xF8 == 0x88, length <= WebSocketFrame.longestControl else {
      sink.failed("a frame that begins with the bytes \(bytes[0]), \(bytes[1])")
      return 0
    }
    guard count >= 2 + length else { return 0 }
    let content = Array(UnsafeBufferPointer(start: bytes + 2, count: length))
    switch WebSocketFrame.Opcode(rawValue: bytes[0] & 15) {
    case .ping: sink.asked(content)
    case .pong: break
    case .close:
      let code = content.prefix(2).reduce(0) { $0 << 8 | Int($1) }
      let reason = String(decoding: content.dropFirst(2), as: UTF8.self)
      sink.failed("the broker closes the WebSocket with code \(code) \(reason)")
    case .text, .binary, nil: sink.failed("a control frame with the opcode \(bytes[0] & 15)")
    }
    return 2 + length
  }
}
