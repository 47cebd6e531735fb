import ChatCore
import NIOCore
import NIOPosix

/// A server on the loopback interface that does what a test tells it, frame by frame.
final class ScriptedServer: Sendable {
  private let channel: any Channel
  private let connections: AsyncStream<ScriptedConnection>

  init(port: Int = 0) async throws {
    let (connections, incoming) = AsyncStream.makeStream(of: ScriptedConnection.self)
    self.connections = connections
    channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          let (frames, input) = AsyncStream.makeStream(of: ClientFrame.self)
          try channel.pipeline.syncOperations.addHandler(ScriptedHandler(input))
          incoming.yield(ScriptedConnection(channel: channel, frames: frames))
        }
      }
      .bind(host: "127.0.0.1", port: port).get()
  }

  var port: Int { channel.localAddress?.port ?? 0 }

  /// The next connection that a client opens.
  func accept() async throws -> ScriptedConnection {
    for await connection in connections { return connection }
    throw ScriptError.ended
  }

  /// Accepts a connection and opens the session.
  func openSession(
    _ conversations: [String: UInt64] = [:], _ change: (inout ServerFrame.Connected) -> Void = { _ in }
  ) async throws -> (connection: ScriptedConnection, connect: ClientFrame.Connect) {
    let connection = try await accept()
    let first = try await connection.receive()
    guard case .connect(let connect) = first.body else { throw ScriptError.unexpected(first) }
    var connected = ServerFrame.Connected()
    connected.user = connect.user
    connected.conversations = conversations.map { name, position in
      var state = ConversationState()
      (state.conversation, state.epoch, state.position) = (name, 7, position)
      return state
    }
    change(&connected)
    connection.send(.connected(connected), to: first.requestID)
    return (connection, connect)
  }

  func stop() async throws { try await channel.close() }
}

enum ScriptError: Error {
  case ended
  case unexpected(ClientFrame)
}

/// One connection to a ``ScriptedServer``.
struct ScriptedConnection: Sendable {
  let channel: any Channel
  let frames: AsyncStream<ClientFrame>

  /// The next frame that the client sends.
  func receive() async throws -> ClientFrame {
    for await frame in frames { return frame }
    throw ScriptError.ended
  }

  /// The next publish, with the id of the request.
  func receivePublish() async throws -> (id: UInt64, publish: ClientFrame.Publish) {
    let frame = try await receive()
    guard case .publish(let publish) = frame.body else { throw ScriptError.unexpected(frame) }
    return (frame.requestID, publish)
  }

  func send(_ bodies: ServerFrame.Body..., to requestID: UInt64 = 0) {
    var codec = FrameCodec(decodingBytes: 1024)
    var output = FrameBuffer()
    for body in bodies { codec.encode(ServerFrame(requestID: requestID, body: body), into: &output) }
    var buffer = channel.allocator.buffer(capacity: output.count)
    buffer.writeBytes(output.readable)
    channel.writeAndFlush(buffer, promise: nil)
  }

  func sendMessages(_ sequences: ClosedRange<UInt64>, in conversation: String) {
    for sequence in sequences {
      var message = Message()
      (message.conversation, message.sequence, message.sender) = (conversation, sequence, "bob")
      send(.message(message))
    }
  }

  func answerPublish(_ id: UInt64, sequence: UInt64) {
    var receipt = Receipt()
    receipt.sequence = sequence
    send(.published([receipt]), to: id)
  }

  var isOpen: Bool { channel.isActive }

  func close() async throws { try await channel.close() }

  /// Waits until the client has closed it.
  func closed() async throws { try await channel.closeFuture.get() }
}

private final class ScriptedHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private var reader = FrameReader(limit: 1024 * 1024)
  private var codec = FrameCodec(decodingBytes: 1024 * 1024)
  private let input: AsyncStream<ClientFrame>.Continuation

  init(_ input: AsyncStream<ClientFrame>.Continuation) { self.input = input }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    try? unwrapInboundIn(data).withUnsafeReadableBytes { bytes throws(ChatError) in
      try reader.read(bytes) { frame in
        guard var decoded = try? codec.decodeClientFrame(frame) else { return false }
        if case .publish(var publish) = decoded.body {
          publish.body = publish.body.owned
          decoded.body = .publish(publish)
        }
        input.yield(decoded)
        return true
      }
    }
  }

  func channelInactive(context: ChannelHandlerContext) { input.finish() }
}
