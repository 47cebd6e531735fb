import ChatCore
import NIOCore
import NIOHTTP1

/// A connection's end of its pipeline: one request at a time, the next one after the response.
///
/// NIO's pipeline handler before this one holds back what a client sends ahead. Confined to the channel's
/// loop.
final class HTTPConnectionHandler: ChannelInboundHandler, RemovableChannelHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// What of a request the form of its response depends on.
  private struct Framing {
    var version = HTTPVersion.http1_1
    var isHead = false
    var keepsAlive = false
    var line = HTTPRequestLine()
  }

  private enum State {
    case idle
    case receiving(HTTPResponder.Call, Framing)
    /// Refused by its head; what comes of its body is counted and thrown away.
    case discarding(HTTPFailure, Framing, bytes: Int)
    case responding(Framing)
    /// The last response is out.
    case closing
  }

  private let responder: HTTPResponder
  private let mayUpgrade: Bool
  /// The answer to whatever comes first, and the last one.
  private let refusal: HTTPFailure?
  private var context: ChannelHandlerContext?
  private var state = State.idle
  private var hasRequest = false
  /// Why the connection was not upgraded; told as the answer to the request that asked for it.
  private var upgradeFailure: HTTPFailure?
  private var task: Task<Void, Never>?

  init(responder: HTTPResponder, mayUpgrade: Bool, refusal: HTTPFailure? = nil) {
    self.responder = responder
    self.mayUpgrade = mayUpgrade
    self.refusal = refusal
  }

  // MARK: From NIO

  func handlerAdded(context: ChannelHandlerContext) {
    self.context = context
  }

  func handlerRemoved(context: ChannelHandlerContext) {
    end()
  }

  func channelInactive(context: ChannelHandlerContext) {
    end()
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head): begin(head)
    case .body(let bytes): receive(bytes)
    case .end: complete()
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    switch error {
    case let error as HTTPParserError:
      refuse(parserFailure(error), Framing())
    case let failure as HTTPFailure where mayUpgrade && !hasRequest:
      upgradeFailure = failure
    default:
      // An upgrader that refuses is no reason to close: the request comes here next.
      if !mayUpgrade || hasRequest { context.close(promise: nil) }
    }
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    if case ChannelEvent.inputClosed = event {
      switch state {
      case .responding(var framing):
        framing.keepsAlive = false
        state = .responding(framing)
      case .idle, .receiving, .discarding, .closing: context.close(promise: nil)
      }
    }
    context.fireUserInboundEventTriggered(event)
  }

  private func end() {
    task?.cancel()
    task = nil
    context = nil
    state = .closing
  }

  // MARK: A request

  private func begin(_ head: HTTPRequestHead) {
    hasRequest = true
    guard case .idle = state else { return }
    // After such a request NIO's decoder leaves the bytes to another protocol, which there is none of here.
    let wantsUpgrade = head.headers.contains(name: "Upgrade") || head.method == .CONNECT
    var framing = Framing(
      version: head.version == .http1_0 ? .http1_0 : .http1_1, isHead: head.method == .HEAD,
      // NIO looks for an upgrade in the first request alone, and a proxy may send several over one connection.
      keepsAlive: head.isKeepAlive && !wantsUpgrade && !mayUpgrade && refusal == nil,
      line: HTTPRequestLine(head, from: context?.channel.remoteAddress))
    let expectsContinue = head.headers.first(name: "Expect")?.lowercased() == "100-continue"
    do throws(HTTPFailure) {
      if let refusal { throw refusal }
      if let upgradeFailure { throw upgradeFailure }
      var call = try responder.admit(head)
      call.request.id = framing.line.id
      framing.line.route = call.route.pattern.description
      state = .receiving(call, framing)
      if expectsContinue, call.route.body == .json, framing.version == .http1_1 { sendContinue() }
    } catch {
      let announced = head.headers.first(name: "Content-Length").map { Int($0) ?? .max } ?? 0
      if expectsContinue || announced > responder.limits.discardedBytes {
        refuse(error, framing)
      } else {
        state = .discarding(error, framing, bytes: 0)
      }
    }
  }

  private func receive(_ bytes: ByteBuffer) {
    switch state {
    case .receiving(var call, let framing):
      guard call.request.body.readableBytes + bytes.readableBytes <= responder.limits.bodyBytes else {
        return refuse(.bodyTooLarge(responder.limits), framing)
      }
      // So that the buffer has one owner, and grows in place.
      state = .closing
      call.request.body.writeImmutableBuffer(bytes)
      state = .receiving(call, framing)
    case .discarding(let failure, let framing, let count):
      guard count + bytes.readableBytes <= responder.limits.discardedBytes else {
        return refuse(failure, framing)
      }
      state = .discarding(failure, framing, bytes: count + bytes.readableBytes)
    case .idle, .responding, .closing: break
    }
  }

  private func complete() {
    guard let context else { return }
    let loop = context.eventLoop
    switch state {
    case .receiving(_, let framing) where !responder.calls.enter():
      refuse(HTTPFailure(ChatError(.draining, "this node has shut down: ask another one")), framing)
    case .receiving(let call, let framing):
      state = .responding(framing)
      let own = NIOLoopBound(self, eventLoop: loop)
      task = Task { [responder] in
        let response = await responder.respond(to: call)
        loop.execute {
          own.value.answer(response)
          responder.calls.leave()
        }
      }
    case .discarding(let failure, let framing, _):
      state = .responding(framing)
      // Not at once: what a client has sent ahead would then be answered one call inside the other.
      loop.assumeIsolated().execute { self.answer(failure.response) }
    case .idle, .responding, .closing: break
    }
  }

  // MARK: The response

  private func answer(_ response: HTTPResponse) {
    task = nil
    guard case .responding(let framing) = state else { return }
    send(response, framing)
  }

  /// Answers before the request has ended; the connection cannot be used further.
  private func refuse(_ failure: HTTPFailure, _ framing: Framing) {
    if case .closing = state { return }
    var framing = framing
    framing.keepsAlive = false
    send(failure.response, framing)
  }

  private func sendContinue() {
    guard let context else { return }
    let head = HTTPResponseHead(version: .http1_1, status: .continue)
    context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
  }

  private func send(_ response: HTTPResponse, _ framing: Framing) {
    guard let context else { return }
    // Before the end is written: the next request can come while it is.
    state = framing.keepsAlive ? .idle : .closing
    var head = HTTPResponseHead(version: framing.version, status: response.status, headers: response.headers)
    head.headers.add(name: "Date", value: HTTPDate.now())
    head.headers.replaceOrAdd(name: HTTPRequestLine.header, value: framing.line.id)
    framing.line.log(response.status, to: responder.logger)
    head.headers.add(name: "Content-Length", value: String(response.body?.readableBytes ?? 0))
    if !framing.keepsAlive {
      head.headers.replaceOrAdd(name: "Connection", value: "close")
    } else if framing.version == .http1_0 {
      head.headers.replaceOrAdd(name: "Connection", value: "keep-alive")
    }
    context.write(wrapOutboundOut(.head(head)), promise: nil)
    if let body = response.body, !framing.isHead {
      context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
    }
    if framing.keepsAlive {
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    } else {
      let sent = context.eventLoop.makePromise(of: Void.self)
      sent.futureResult.assumeIsolated().whenComplete { _ in self.linger() }
      context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: sent)
    }
  }

  /// Ends our side first: with input unread, closing both would reset the connection, and the peer might lose
  /// the response.
  private func linger() {
    guard let context else { return }
    context.close(mode: .output, promise: nil)
    let channel = context.channel
    channel.eventLoop.scheduleTask(in: .milliseconds(responder.limits.lingerTime)) {
      channel.close(promise: nil)
    }
  }

  private func parserFailure(_ error: HTTPParserError) -> HTTPFailure {
    if error == .headerOverflow { return .headersTooLarge(responder.limits) }
    return .badRequest(
      "this is not HTTP/1.1 as RFC 9112 has it (\(error)): check what stands before the broker")
  }
}
