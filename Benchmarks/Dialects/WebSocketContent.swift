/// What the messages of a WebSocket subprotocol hold, and what its clients say.
protocol WebSocketContent {
  init(_ workload: Workload)

  static var subprotocol: String { get }
  /// Of its messages: text or binary.
  static var opcode: WebSocketFrame.Opcode { get }

  /// What to send first (step 0) and after each answer; nil: the connection is ready.
  func hello(_ peer: Peer, step: Int) -> [UInt8]?

  /// What to send on a connection that has sent nothing for a minute.
  var signOfLife: [UInt8] { get }

  /// Finds the complete frames; returns how many bytes they take.
  func scan<S: FrameSink>(_ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S) -> Int
}

extension ChatDialect: WebSocketContent {
  static var subprotocol: String { "chat.v1.protobuf" }
  static var opcode: WebSocketFrame.Opcode { .binary }
}
