import AsyncHTTPClient
package import Logging
import NIOCore
import NIOHTTP1
import ServiceLifecycle

/// Sends spans to a collector: OTLP over HTTP, in batches.
///
/// A collector that does not answer costs spans and nothing else: what does not fit into the queue meanwhile is left
/// out and counted.
package struct OTLPExporter: Service, CustomStringConvertible {
  /// The bounds of the exporter; times in milliseconds.
  package struct Options: Sendable {
    /// Spans that wait at most.
    package var spansWaiting = 8_192
    /// Spans in one request.
    package var spansPerRequest = 512
    /// How long a span waits for others.
    package var interval: Int64 = 1_000
    /// How long the collector may take to answer.
    package var timeout: Int64 = 5_000
    /// How often one batch is tried.
    package var attempts = 5
    /// The pause before the second attempt; each further one is twice as long, up to ``mostPause``.
    package var pause: Int64 = 250
    package var mostPause: Int64 = 5_000
    /// How long what waits may take to be sent when the broker ends.
    package var farewell: Int64 = 2_000
    /// What is read of an answer, in bytes.
    package var answerBytes = 64 * 1024

    package init() {}
  }

  package let queue: SpanQueue
  /// For logs of the lifecycle.
  package var description: String { "traces to \(endpoint)" }
  private let endpoint: TraceEndpoint
  private let service: LogService
  private let options: Options
  private let logger: Logger

  package init(endpoint: TraceEndpoint, service: LogService, options: Options = Options(), logger: Logger) {
    self.endpoint = endpoint
    self.service = service
    self.options = options
    self.logger = logger
    queue = SpanQueue(limit: options.spansWaiting, batch: options.spansPerRequest)
  }

  /// Sends until graceful shutdown, or cancellation; then what is left, if that does not take long.
  package func run() async throws {
    let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: clientConfiguration)
    // A request that is under way then is sent again with the rest.
    await cancelWhenGracefulShutdown { await sendBatches(with: client) }
    queue.close()
    await sendRest(with: client)
    if queue.leftOut > 0 { tell("spans were left out", left: queue.leftOut) }
    try? await client.shutdown()
  }

  private var clientConfiguration: HTTPClient.Configuration {
    var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
    configuration.timeout = .init(
      connect: .milliseconds(options.timeout), read: .milliseconds(options.timeout))
    configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1
    return configuration
  }

  // MARK: Batches

  private func sendBatches(with client: HTTPClient) async {
    var told: UInt64 = 0
    await withTaskGroup { group in
      // Spans that do not fill a batch go out after a while.
      let ticks = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
      group.addTask { [options] in
        while !Task.isCancelled {
          try? await Task.sleep(for: .milliseconds(options.interval))
          ticks.continuation.yield()
        }
        ticks.continuation.finish()
      }
      group.addTask { [queue] in
        for await _ in queue.batches { ticks.continuation.yield() }
        ticks.continuation.finish()
      }
      for await _ in ticks.stream {
        while !Task.isCancelled, case let spans = queue.take(), !spans.isEmpty {
          await send(spans, with: client)
        }
        let leftOut = queue.leftOut
        if leftOut > told { tell("spans were left out", left: leftOut - told) }
        told = leftOut
      }
      group.cancelAll()
    }
  }

  /// What waits when the broker ends: once, and not for long.
  private func sendRest(with client: HTTPClient) async {
    let end = ContinuousClock.now + .milliseconds(options.farewell)
    // Of a task that is cancelled no request would go out.
    await Task {
      var goesOn = true
      while goesOn, case let left = end - .now, left > .zero, case let spans = queue.take(), !spans.isEmpty {
        let timeout = min(options.timeout, Int64(left / .milliseconds(1)))
        switch await post(OTLPMessage.request(spans, of: service), with: client, timeout: timeout) {
        case .taken: break
        case .later(let reason, _), .refused(let reason):
          goesOn = false
          giveUp(spans, "the collector takes no spans", reason)
        }
      }
      queue.giveUp(queue.waiting)
    }.value
  }

  // MARK: One batch

  private enum Answer {
    case taken
    /// It may work later; the collector may have said when.
    case later(reason: String, seconds: Int64?)
    case refused(reason: String)
  }

  private func send(_ spans: [SpanRecord], with client: HTTPClient) async {
    let body = OTLPMessage.request(spans, of: service)
    var pause = options.pause
    for attempt in 1...max(1, options.attempts) {
      switch await post(body, with: client, timeout: options.timeout) {
      case .taken: return
      case .refused(let reason): return giveUp(spans, "the collector refused spans", reason)
      case .later(let reason, let seconds):
        if Task.isCancelled { return queue.putBack(spans) }
        guard attempt < options.attempts else { return giveUp(spans, "the collector takes no spans", reason) }
        let asked = min(seconds ?? 0, options.mostPause / 1_000) * 1_000
        try? await Task.sleep(for: .milliseconds(max(asked, .random(in: pause / 2...max(1, pause)))))
        pause = min(options.mostPause, pause * 2)
      }
    }
  }

  private func giveUp(_ spans: [SpanRecord], _ message: Logger.Message, _ reason: String) {
    queue.giveUp(spans.count)
    tell(message, left: UInt64(spans.count), reason: reason)
  }

  private func post(_ body: [UInt8], with client: HTTPClient, timeout: Int64) async -> Answer {
    var request = HTTPClientRequest(url: endpoint.url)
    request.method = .POST
    request.headers = [
      "Content-Type": "application/x-protobuf", "User-Agent": "\(service.name)/\(service.version)",
    ]
    request.body = .bytes(ByteBuffer(bytes: body))
    do {
      let response = try await client.execute(request, timeout: .milliseconds(max(1, timeout)))
      let answer = try? await response.body.collect(upTo: options.answerBytes)
      switch response.status.code {
      case 200..<300:
        guard let refusal = OTLPMessage.refusal(in: answer.map { Array($0.readableBytesView) } ?? []) else {
          return .taken
        }
        queue.giveUp(Int(clamping: refusal.spans))
        tell("the collector refused spans", left: UInt64(clamping: refusal.spans), reason: refusal.reason)
        return .taken
      case 429, 502, 503, 504:
        return .later(
          reason: "status \(response.status.code)",
          seconds: response.headers.first(name: "Retry-After").flatMap { Int64($0) }.map { max(0, $0) })
      default: return .refused(reason: "status \(response.status.code)")
      }
    } catch {
      return .later(reason: "\(error)", seconds: nil)
    }
  }

  private func tell(_ message: Logger.Message, left count: UInt64, reason: String = "") {
    logger.warning(
      message,
      metadata: [
        "event.action": "traces-left-out", "event.outcome": "failure", "event.reason": "\(reason)",
        "chat.spans": .stringConvertible(count), "server.address": "\(endpoint)",
      ])
  }
}
