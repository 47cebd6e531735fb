import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix

/// An HTTP server on a free port that gives the same answer to everything, until it is given another.
final class KeyServer: Sendable {
  struct Answer: Sendable {
    var status = HTTPResponseStatus.ok
    var body = ""
    var headers = HTTPHeaders()
    /// Does not answer at all.
    var isSilent = false
  }

  private let answer: NIOLockedValueBox<Answer>
  private let channel: any Channel

  static func start(_ answer: Answer) async throws -> KeyServer {
    let box = NIOLockedValueBox(answer)
    let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.configureHTTPServerPipeline()
          try channel.pipeline.syncOperations.addHandler(Handler(answer: box))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    return KeyServer(answer: box, channel: channel)
  }

  private init(answer: NIOLockedValueBox<Answer>, channel: any Channel) {
    self.answer = answer
    self.channel = channel
  }

  var url: String { "http://127.0.0.1:\(channel.localAddress?.port ?? 0)/jwks.json" }

  func set(_ new: Answer) { answer.withLockedValue { $0 = new } }

  func stop() async { try? await channel.close() }

  private final class Handler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: NIOLockedValueBox<Answer>

    init(answer: NIOLockedValueBox<Answer>) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      let answer = answer.withLockedValue { $0 }
      guard case .end = unwrapInboundIn(data), !answer.isSilent else { return }
      var headers = answer.headers
      headers.add(name: "Content-Length", value: "\(answer.body.utf8.count)")
      let head = HTTPResponseHead(version: .http1_1, status: answer.status, headers: headers)
      context.write(wrapOutboundOut(.head(head)), promise: nil)
      context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer.body)))), promise: nil)
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    }
  }
}
