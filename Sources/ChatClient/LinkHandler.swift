import ChatCore
import NIOCore
import NIOPosix

/// One connection: cuts and decodes what it brings, and says when it has ended.
final class LinkHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private let link: Int
  private let client: ChatClient
  private let configuration: ChatClient.Configuration
  private var reader: FrameReader
  private var codec: FrameCodec
  private var failure: ChatClientError?

  init(_ link: Int, client: ChatClient, _ configuration: ChatClient.Configuration) {
    self.link = link
    self.client = client
    self.configuration = configuration
    reader = FrameReader(limit: configuration.frameBytes)
    codec = FrameCodec(decodingBytes: configuration.decodingBytes)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    guard failure == nil else { return }
    var frames: [ServerFrame] = []
    var malformed: ChatError?
    do throws(ChatError) {
      let bytes = unwrapInboundIn(data)
      try bytes.withUnsafeReadableBytes { bytes throws(ChatError) in
        try reader.read(bytes) { frame in
          do throws(ChatError) {
            frames.append(try codec.decodeServerFrame(frame))
            return true
          } catch {
            malformed = error
            return false
          }
        }
      }
    } catch {
      malformed = error
    }
    client.assumeIsolated { [frames, link] in $0.received(frames, from: link) }
    if let malformed {
      failure = ChatClientError(
        .protocolViolation, "the broker sent what this client cannot read (\(malformed)): update one of them")
      context.close(promise: nil)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    if failure == nil {
      failure =
        ChatClientError(encrypting: error, configuration)
        ?? ChatClientError(
          .connectionLost, "the connection broke (\(error)): the client connects again by itself")
    }
    context.close(promise: nil)
  }

  func channelInactive(context: ChannelHandlerContext) {
    let reason = failure ?? .connectionLost
    client.assumeIsolated { [link] in $0.lost(link, reason) }
    context.fireChannelInactive()
  }
}

extension ChatClientError {
  /// Why a connection could not be opened.
  init(connecting error: any Error, _ configuration: ChatClient.Configuration) {
    if let failure = ChatClientError(encrypting: error, configuration) {
      self = failure
      return
    }
    let target = "\(configuration.host):\(configuration.port)"
    let causes: [any Error] =
      (error as? NIOConnectionError).map { failures in
        failures.connectionErrors.map(\.error)
          + [failures.dnsAError, failures.dnsAAAAError].compactMap { $0 }
      } ?? [error]
    if causes.contains(where: { ($0 as? IOError)?.errnoCode == refusedCode }) {
      self.init(.connectionRefused, "nobody listens at \(target): start the broker or correct the address")
    } else if causes.contains(where: { ($0 as? ChannelError).map(Self.isTimeout) ?? false }) {
      self.init(.timedOut, "\(target) did not take the connection in time: check address and firewall")
    } else {
      let cause = causes.first.map { "\($0)" } ?? "\(error)"
      self.init(.unreachable, "\(target) cannot be reached (\(cause)): check the address and the network")
    }
  }

  private static func isTimeout(_ error: ChannelError) -> Bool {
    if case .connectTimeout = error { true } else { false }
  }
}
