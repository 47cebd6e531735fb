import ChatCore
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

@testable import ChatServer

/// A WebSocket client with framing of its own: it sends what no library would, and sees every frame.
final class WebSocketTestClient: Sendable {
  enum Subprotocol: String, CaseIterable {
    case json = "chat.v1.json"
    case protobuf = "chat.v1.protobuf"
  }

  /// The kinds of frames, as they are in the lower half of the first byte.
  enum Opcode: UInt8 {
    case continuation = 0
    case text = 1
    case binary = 2
    case close = 8
    case ping = 9
    case pong = 10
  }

  /// What has come of messages so far.
  struct Traffic {
    /// The first bytes of all messages' frames.
    var firstBytes: Set<UInt8> = []
    var messages = 0
    var longest = 0
    /// The server has sent Close.
    var isClosed = false
    /// Frames behind the server's Close, which there may not be.
    var afterClose = 0
    /// The server's last bytes are no frame.
    var isCut = false
  }

  /// The server has not switched protocols.
  struct Refused: Error {
    let answer: String
  }

  let subprotocol: Subprotocol
  private let channel: any Channel
  private let inbox: Inbox
  private let controls: Mailbox<WebSocketTestFrame>
  private let traffic: NIOLockedValueBox<Traffic>

  private init(_ subprotocol: Subprotocol, _ channel: any Channel, _ handler: WebSocketTestHandler.Shared) {
    self.subprotocol = subprotocol
    self.channel = channel
    (inbox, controls, traffic) = (handler.inbox, handler.controls, handler.traffic)
  }

  /// Makes a connection that has not sent Connect.
  ///
  /// - Parameter tls: how to encrypt; nil: not.
  static func open(
    _ server: ChatServer, _ subprotocol: Subprotocol, receiveBuffer: Int? = nil, tls: NIOSSLContext? = nil
  ) async throws -> WebSocketTestClient {
    guard let address = server.webAddress else { throw RawClient.Closed() }
    let shared = WebSocketTestHandler.Shared()
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: tls, serverHostname: nil))
          }
          try channel.pipeline.syncOperations.addHandler(
            WebSocketTestHandler(isJSON: subprotocol == .json, shared: shared))
        }
      }
    if let receiveBuffer {
      bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
    }
    let channel = try await bootstrap.connect(to: address).get()
    let client = WebSocketTestClient(subprotocol, channel, shared)
    try await client.send(bytes: Array(Self.handshake(subprotocol.rawValue).utf8))
    let answer = try await shared.handshake.take()
    guard answer.hasPrefix("HTTP/1.1 101 ") else { throw Refused(answer: answer) }
    return client
  }

  static func handshake(
    _ subprotocol: String?, path: String = "/v1/ws", host: String = "localhost", headers: [String] = []
  ) -> String {
    let lines =
      [
        "GET \(path) HTTP/1.1", "Host: \(host)", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      ] + (subprotocol.map { ["Sec-WebSocket-Protocol: \($0)"] } ?? []) + headers
    return lines.joined(separator: "\r\n") + "\r\n\r\n"
  }

  /// Opens a session.
  static func connect(
    _ server: ChatServer, _ subprotocol: Subprotocol, user: String, receiveBuffer: Int? = nil,
    tls: NIOSSLContext? = nil
  ) async throws -> WebSocketTestClient {
    let client = try await open(server, subprotocol, receiveBuffer: receiveBuffer, tls: tls)
    var connect = ClientFrame.Connect()
    connect.user = user
    if case .error(let error) = try await client.request(.connect(connect)) { throw error }
    return client
  }

  // MARK: Frames of the chat protocol

  /// Sends a request and waits for its answer; other frames stay in the inbox.
  func request(_ body: ClientFrame.Body) async throws -> ServerFrame.Body {
    let id = nextRequest()
    try await send(message: encode([ClientFrame(requestID: id, body: body)]))
    return try await answer(to: id)
  }

  func nextRequest() -> UInt64 { inbox.nextRequest() }

  func answer(to request: UInt64) async throws -> ServerFrame.Body {
    try await inbox.take { $0.requestID == request }.body
  }

  func join(_ conversation: String) async throws {
    if case .error(let error) = try await request(.join(conversation: conversation)) { throw error }
  }

  func subscribe(_ conversation: String) async throws {
    let answer = try await request(.subscribe(.init(conversation: conversation)))
    if case .error(let error) = answer { throw error }
  }

  func publish(_ body: [UInt8], to address: String) async throws -> [Receipt] {
    var publish = ClientFrame.Publish()
    publish.to = [address]
    publish.body = Payload(body)
    switch try await request(.publish(publish)) {
    case .published(let receipts): return receipts
    case .error(let error): throw error
    case let other: throw ChatError(.internal, "unexpected \(other)")
    }
  }

  /// The next message, whatever else comes before it.
  func message() async throws -> Message {
    let frame = try await inbox.take { if case .message = $0.body { true } else { false } }
    guard case .message(let message) = frame.body else { throw RawClient.Closed() }
    return message
  }

  /// The code of the next error that nobody has taken.
  func error() async throws -> ErrorCode? {
    let frame = try await inbox.take { if case .error = $0.body { true } else { false } }
    if case .error(let error) = frame.body { return error.code }
    return nil
  }

  func frame(_ fits: @escaping @Sendable (ServerFrame) -> Bool) async throws -> ServerFrame {
    try await inbox.take(fits)
  }

  func countMessages(expecting bodies: [[UInt8]]? = nil) { inbox.countMessages(expecting: bodies) }
  var messageCount: UInt64 { inbox.messageCount }
  func waitForMessages(_ count: UInt64) async throws { try await inbox.waitForMessages(count) }

  /// One message's data: frames behind their lengths, or lines.
  func encode(_ frames: [ClientFrame]) -> [UInt8] {
    let encoded = frames.map(RawClient.encode)
    guard subprotocol == .json else { return Array(encoded.joined()) }
    var codec = FrameCodec(decodingBytes: 0)
    var lines: [UInt8] = []
    for frame in encoded {
      let length = (frame.firstIndex { $0 < 0x80 } ?? -1) + 1
      var line = FrameBuffer()
      frame[length...].withUnsafeBytes { try? codec.appendJSON(ofClientFrame: $0, into: &line) }
      lines += Array(line.readable) + [UInt8(ascii: "\n")]
    }
    return lines
  }

  // MARK: Frames of WebSocket

  var dataOpcode: Opcode { subprotocol == .json ? .text : .binary }

  func send(message: [UInt8]) async throws { try await send(dataOpcode, message) }

  func send(_ opcode: Opcode, _ data: [UInt8] = [], final: Bool = true, masked: Bool = true) async throws {
    try await send(bytes: Self.frame(opcode, data, final: final, masked: masked))
  }

  /// Sends bytes as they are.
  func send(bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
  }

  static func frame(
    _ opcode: Opcode, _ data: [UInt8] = [], final: Bool = true, masked: Bool = true, reserved: UInt8 = 0
  ) -> [UInt8] {
    var bytes = [(final ? 0x80 : 0) | reserved << 4 | opcode.rawValue]
    let mask: UInt8 = masked ? 0x80 : 0
    switch data.count {
    case ...125: bytes.append(mask | UInt8(data.count))
    case ...0xffff: bytes += [mask | 126, UInt8(data.count >> 8), UInt8(data.count & 0xff)]
    default: bytes += [mask | 127] + (0..<8).map { UInt8(truncatingIfNeeded: data.count >> (8 * (7 - $0))) }
    }
    guard masked else { return bytes + data }
    let key: [UInt8] = [0x12, 0x34, 0x56, 0x78]
    return bytes + key + data.enumerated().map { $1 ^ key[$0 % 4] }
  }

  func sendClose(_ code: UInt16? = 1_000, _ reason: String = "") async throws {
    let data = code.map { [UInt8($0 >> 8), UInt8($0 & 0xff)] + Array(reason.utf8) } ?? []
    try await send(.close, data)
  }

  /// The next Pong or Close.
  func control() async throws -> WebSocketTestFrame { try await controls.take() }
  var hasControl: Bool { !controls.isEmpty }

  /// The code of the server's Close, behind what else comes; nil: it has none.
  func closeCode() async throws -> UInt16? {
    while true {
      let frame = try await control()
      guard frame.first == 0x88 else { continue }
      return frame.data.count < 2 ? nil : UInt16(frame.data[0]) << 8 | UInt16(frame.data[1])
    }
  }

  var seen: Traffic { traffic.withLockedValue { $0 } }

  func setReading(_ reads: Bool) async throws {
    try await channel.setOption(.autoRead, value: reads).get()
  }

  /// - Returns: when it was.
  @discardableResult
  func waitUntilClosed() async throws -> ContinuousClock.Instant {
    try await channel.closeFuture.map { ContinuousClock.now }.get()
  }

  /// Ends the connection without a Close.
  func cut() async { try? await channel.close() }
}

/// A frame of a server.
struct WebSocketTestFrame: Hashable, Sendable {
  /// Whether it is final, reserved bits, and the opcode.
  let first: UInt8
  let data: [UInt8]
}

extension ChatServer {
  var webAddress: SocketAddress? { addresses.first { $0.name == "http" }?.address }
}
