import ChatCore
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import NIOSSL

/// A client that speaks frames and nothing else, so that tests see exactly what the server sends.
final class RawClient: Sendable {
  struct Closed: Error {}

  private let channel: any Channel
  private let inbox: Inbox

  private init(channel: any Channel, inbox: Inbox) {
    self.channel = channel
    self.inbox = inbox
  }

  /// - Parameter tls: how to encrypt; nil: not.
  static func open(
    _ address: SocketAddress, receiveBuffer: Int? = nil, tls: NIOSSLContext? = nil
  ) async throws -> RawClient {
    let inbox = Inbox()
    var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          if let tls {
            try channel.pipeline.syncOperations.addHandler(
              NIOSSLClientHandler(context: tls, serverHostname: nil))
          }
          try channel.pipeline.syncOperations.addHandler(RawClientHandler(inbox: inbox))
        }
      }
    if let receiveBuffer {
      bootstrap = bootstrap.channelOption(.socketOption(.so_rcvbuf), value: .init(receiveBuffer))
    }
    return RawClient(channel: try await bootstrap.connect(to: address).get(), inbox: inbox)
  }

  /// Opens a session.
  static func connect(
    _ address: SocketAddress, user: String, resume: [Position] = [], receiveBuffer: Int? = nil,
    tls: NIOSSLContext? = nil
  ) async throws -> RawClient {
    let client = try await open(address, receiveBuffer: receiveBuffer, tls: tls)
    var connect = ClientFrame.Connect()
    connect.user = user
    connect.resume = resume
    if case .error(let error) = try await client.request(.connect(connect)) { throw error }
    return client
  }

  func send(_ body: ClientFrame.Body, request: UInt64 = 0) async throws {
    try await send(bytes: Self.encode(ClientFrame(requestID: request, body: body)))
  }

  func send(bytes: [UInt8]) async throws {
    try await channel.writeAndFlush(ByteBuffer(bytes: bytes))
  }

  static func encode(_ frame: ClientFrame) -> [UInt8] {
    var codec = FrameCodec(decodingBytes: 0)
    var buffer = FrameBuffer()
    codec.encode(frame, into: &buffer)
    return Array(buffer.readable)
  }

  /// Sends a request and waits for its answer; other frames stay in the inbox.
  func request(_ body: ClientFrame.Body) async throws -> ServerFrame.Body {
    let id = inbox.nextRequest()
    try await send(body, request: id)
    return try await inbox.take { $0.requestID == id }.body
  }

  func publish(_ text: String, to addresses: String..., id: String = "") async throws -> [Receipt] {
    var publish = ClientFrame.Publish()
    publish.to = addresses
    publish.body = Payload(Array(text.utf8))
    publish.clientMessageID = id
    switch try await request(.publish(publish)) {
    case .published(let receipts): return receipts
    case .error(let error): throw error
    case let other: throw ChatError(.internal, "unexpected \(other)")
    }
  }

  func subscribe(_ conversation: String, after: Position? = nil) async throws -> ConversationState {
    switch try await request(.subscribe(.init(conversation: conversation, after: after))) {
    case .subscribed(let state): return state
    case .error(let error): throw error
    case let other: throw ChatError(.internal, "unexpected \(other)")
    }
  }

  func join(_ conversation: String) async throws -> ConversationState {
    switch try await request(.join(conversation: conversation)) {
    case .subscribed(let state): return state
    case .error(let error): throw error
    case let other: throw ChatError(.internal, "unexpected \(other)")
    }
  }

  /// The next message, whatever else comes before it.
  func message() async throws -> Message {
    let frame = try await inbox.take { if case .message = $0.body { true } else { false } }
    guard case .message(let message) = frame.body else { throw Closed() }
    return message
  }

  /// The next frame that fits.
  func frame(_ fits: @escaping @Sendable (ServerFrame) -> Bool) async throws -> ServerFrame {
    try await inbox.take(fits)
  }

  func setReading(_ reads: Bool) async throws {
    try await channel.setOption(.autoRead, value: reads).get()
  }

  /// From now on messages are checked for their order and forgotten.
  func countMessages(expecting bodies: [[UInt8]]? = nil) { inbox.countMessages(expecting: bodies) }
  var messageCount: UInt64 { inbox.messageCount }
  /// Returns when so many have come in order; throws if one is out of order.
  func waitForMessages(_ count: UInt64) async throws { try await inbox.waitForMessages(count) }

  func waitUntilClosed() async throws { try await channel.closeFuture.get() }
  /// What went wrong with the connection.
  var failures: [any Error] { inbox.failures }
  func tlsVersion() async throws -> TLSVersion? { try await channel.nioSSL_tlsVersion().get() }
  func serverCertificate() async throws -> NIOSSLCertificate? {
    try await channel.nioSSL_peerCertificate().get()
  }
  func close() async { try? await channel.close() }
}

/// Frames that have come and nobody has taken.
final class Inbox: Sendable {
  private struct Waiter {
    let fits: @Sendable (ServerFrame) -> Bool
    let continuation: CheckedContinuation<ServerFrame, any Error>
  }

  private struct State {
    var frames: [ServerFrame] = []
    var waiters: [Waiter] = []
    var isClosed = false
    var request: UInt64 = 0
    var counts = false
    var expected: [[UInt8]]?
    var messages: UInt64 = 0
    var isOutOfOrder = false
    var failures: [any Error] = []
    var awaited: (count: UInt64, continuation: CheckedContinuation<Void, any Error>)?
  }

  // Thread Sanitizer does not understand the standard library's Mutex.
  private let state = NIOLockedValueBox(State())

  func nextRequest() -> UInt64 {
    state.withLockedValue {
      $0.request += 1
      return $0.request
    }
  }

  var messageCount: UInt64 { state.withLockedValue { $0.messages } }
  var failures: [any Error] { state.withLockedValue { $0.failures } }

  func note(_ failure: any Error) { state.withLockedValue { $0.failures.append(failure) } }

  func countMessages(expecting bodies: [[UInt8]]?) {
    state.withLockedValue {
      $0.counts = true
      $0.expected = bodies
    }
  }

  func waitForMessages(_ count: UInt64) async throws {
    try await withCheckedThrowingContinuation { continuation in
      let result: Result<Void, any Error>? = state.withLockedValue { state in
        if state.isClosed || state.isOutOfOrder { return .failure(RawClient.Closed()) }
        if state.messages >= count { return .success(()) }
        state.awaited = (count, continuation)
        return nil
      }
      if let result { continuation.resume(with: result) }
    }
  }

  private func count(_ message: Message) {
    let done: CheckedContinuation<Void, any Error>? = state.withLockedValue { state in
      state.messages += 1
      if message.sequence != state.messages { state.isOutOfOrder = true }
      if let expected = state.expected, expected[Int(state.messages) - 1] != message.body.bytes {
        state.isOutOfOrder = true
      }
      guard let awaited = state.awaited, state.messages >= awaited.count || state.isOutOfOrder else {
        return nil
      }
      state.awaited = nil
      return awaited.continuation
    }
    if let done {
      done.resume(
        with: state.withLockedValue { $0.isOutOfOrder ? .failure(RawClient.Closed()) : .success(()) })
    }
  }

  func take(_ fits: @escaping @Sendable (ServerFrame) -> Bool) async throws -> ServerFrame {
    try await withCheckedThrowingContinuation { continuation in
      let result: Result<ServerFrame, any Error>? = state.withLockedValue { state in
        if let index = state.frames.firstIndex(where: fits) {
          return .success(state.frames.remove(at: index))
        }
        if state.isClosed { return .failure(RawClient.Closed()) }
        state.waiters.append(Waiter(fits: fits, continuation: continuation))
        return nil
      }
      if let result { continuation.resume(with: result) }
    }
  }

  func put(_ frame: ServerFrame) {
    if case .message(let message) = frame.body, state.withLockedValue({ $0.counts }) { return count(message) }
    let waiter: Waiter? = state.withLockedValue { state in
      if let index = state.waiters.firstIndex(where: { $0.fits(frame) }) {
        return state.waiters.remove(at: index)
      }
      state.frames.append(frame)
      return nil
    }
    waiter?.continuation.resume(returning: frame)
  }

  func close() {
    let waiters = state.withLockedValue { state in
      state.isClosed = true
      defer { state.waiters = [] }
      return state.waiters
    }
    let awaited = state.withLockedValue { state in
      defer { state.awaited = nil }
      return state.awaited
    }
    awaited?.continuation.resume(throwing: RawClient.Closed())
    for waiter in waiters { waiter.continuation.resume(throwing: RawClient.Closed()) }
  }
}

private final class RawClientHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let inbox: Inbox
  private var reader = FrameReader(limit: 8 << 20)
  private var codec = FrameCodec(decodingBytes: 64 << 20)

  init(inbox: Inbox) { self.inbox = inbox }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    do {
      try unwrapInboundIn(data).withUnsafeReadableBytes { bytes in
        try reader.read(bytes) { frame in
          if let frame = try? codec.decodeServerFrame(frame) { inbox.put(frame) }
          return true
        }
      }
    } catch {
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) { inbox.close() }
  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    inbox.note(error)
    context.close(promise: nil)
  }
}
