import ChatCore
import NIOConcurrencyHelpers
import NIOCore

/// Reads what a server sends: the answer to the handshake, then frames.
final class WebSocketTestHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  /// What the handler and its client share.
  struct Shared: Sendable {
    let inbox = Inbox()
    let controls = Mailbox<WebSocketTestFrame>()
    let handshake = Mailbox<String>()
    let traffic = NIOLockedValueBox(WebSocketTestClient.Traffic())
  }

  /// A test that waits in vain ends with its connection.
  private static let longestLife = TimeAmount.seconds(150)

  private let isJSON: Bool
  private let shared: Shared
  private var received = ByteBuffer()
  private var isUpgraded = false
  private var codec = FrameCodec(decodingBytes: 64 << 20)

  init(isJSON: Bool, shared: Shared) {
    self.isJSON = isJSON
    self.shared = shared
  }

  func channelActive(context: ChannelHandlerContext) {
    let channel = context.channel
    let end = context.eventLoop.scheduleTask(in: Self.longestLife) { channel.close(promise: nil) }
    channel.closeFuture.whenComplete { _ in end.cancel() }
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    received.writeImmutableBuffer(unwrapInboundIn(data))
    if !isUpgraded, let answer = readHead() {
      isUpgraded = true
      shared.handshake.put(answer)
    }
    while isUpgraded, let frame = readFrame() { take(frame) }
    received.discardReadBytes()
  }

  func channelInactive(context: ChannelHandlerContext) {
    shared.traffic.withLockedValue { $0.isCut = received.readableBytes > 0 }
    shared.inbox.close()
    shared.controls.close()
    shared.handshake.close()
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

  private func readHead() -> String? {
    let bytes = Array(received.readableBytesView)
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    return received.readString(length: end.upperBound)
  }

  private func readFrame() -> WebSocketTestFrame? {
    var rest = received
    guard let first = rest.readInteger(as: UInt8.self), let short = rest.readInteger(as: UInt8.self) else {
      return nil
    }
    let length: Int? =
      switch short {
      case 126: rest.readInteger(as: UInt16.self).map { Int($0) }
      case 127: rest.readInteger(as: UInt64.self).flatMap { Int(exactly: $0) }
      default: Int(short)
      }
    // A mask, which no server may use, makes a length that never comes.
    guard let length, let data = rest.readBytes(length: length) else { return nil }
    received = rest
    return WebSocketTestFrame(first: first, data: data)
  }

  private func take(_ frame: WebSocketTestFrame) {
    let isControl = frame.first & 0x08 != 0
    shared.traffic.withLockedValue { traffic in
      if traffic.isClosed { traffic.afterClose += 1 }
      if frame.first & 0x0f == 8 { traffic.isClosed = true }
      guard !isControl else { return }
      traffic.messages += 1
      traffic.firstBytes.insert(frame.first)
      traffic.longest = max(traffic.longest, frame.data.count)
    }
    guard !isControl else { return shared.controls.put(frame) }
    frame.data.withUnsafeBytes { isJSON ? takeLines($0) : takeFrames($0) }
  }

  private func takeLines(_ data: UnsafeRawBufferPointer) {
    for line in data.split(separator: UInt8(ascii: "\n")) {
      if let frame = try? codec.decodeServerFrame(json: UnsafeRawBufferPointer(rebasing: line)) {
        shared.inbox.put(frame)
      }
    }
  }

  private func takeFrames(_ data: UnsafeRawBufferPointer) {
    var reader = FrameReader(limit: 8 << 20)
    try? reader.read(data) { frame in
      if let frame = try? codec.decodeServerFrame(frame) { shared.inbox.put(frame) }
      return true
    }
  }
}
