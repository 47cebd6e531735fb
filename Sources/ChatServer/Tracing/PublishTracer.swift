import ChatCore
import Tracing

/// Makes spans of what routers tell of traced publishes.
///
/// ```
/// publish           read from the publisher → in the windows, or refused
/// ├─ commit         handed to the store → on stable storage
/// ├─ append         on stable storage → in the windows
/// └─ flush          in a loop's window → handed to the sockets of its sessions; one for each loop that has some
/// ```
struct PublishTracer: Sendable {
  private let tracer: any Tracer

  init(_ tracer: any Tracer) {
    self.tracer = tracer
  }

  /// - Parameter end: now, in nanoseconds since 1970.
  func write(_ point: TracePoint, at end: UInt64) {
    switch point {
    case .published(let traces, let outcome):
      for trace in traces { published(trace, outcome, end: end, by: tracer) }
    case .flushed(let traces, let since, let loop, let sessions):
      for trace in traces {
        var attributes: SpanAttributes = [:]
        attributes["chat.loop"] = loop
        attributes["chat.sessions"] = sessions
        span("flush", in: below(trace), from: since, to: end, attributes, by: tracer)
      }
    }
  }

  private func published(
    _ trace: PublishTrace, _ outcome: TracePoint.Outcome, end: UInt64, by tracer: some Tracer
  ) {
    var attributes: SpanAttributes = [:]
    attributes["chat.loop"] = outcome.loop
    attributes["chat.messages"] = outcome.messages
    let context = below(trace)
    if let submittedAt = outcome.submittedAt {
      span(
        "commit", in: context, from: submittedAt, to: outcome.decidedAt, attributes, outcome.failure,
        by: tracer)
    }
    if outcome.failure == nil {
      attributes["chat.last_sequence"] = Int(clamping: outcome.lastSequence)
      span("append", in: context, from: outcome.decidedAt, to: end, attributes, by: tracer)
    }
    attributes["messaging.system"] = "chat-broker"
    attributes["messaging.destination.name"] = outcome.conversation.name
    span(
      "publish", in: itself(trace), ofKind: .server, from: trace.receivedAt, to: end, attributes,
      outcome.failure,
      by: tracer)
  }

  private func span(
    _ name: String, in context: InstrumentationContext, ofKind kind: SpanKind = .internal, from start: UInt64,
    to end: UInt64, _ attributes: SpanAttributes, _ failure: ErrorCode? = nil, by tracer: some Tracer
  ) {
    let span = tracer.startSpan(
      name, context: context, ofKind: kind, at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: start))
    span.attributes = attributes
    if let failure {
      span.attributes["error.type"] = failure.description
      span.setStatus(SpanStatus(code: .error, message: failure.description))
    }
    // A wall clock may be set back meanwhile.
    span.end(at: DefaultTracerClock.Timestamp(nanosecondsSinceEpoch: max(start, end)))
  }

  /// For parts of a publish.
  private func below(_ trace: PublishTrace) -> InstrumentationContext {
    context(of: TraceCarrier(traceparent: trace.context.text))
  }

  /// For the publish, whose span has its name already: messages were delivered with it.
  private func itself(_ trace: PublishTrace) -> InstrumentationContext {
    context(
      of: TraceCarrier(
        traceparent: (trace.parent ?? trace.context).text, span: trace.context.text))
  }

  private func context(of carrier: TraceCarrier) -> InstrumentationContext {
    var context = InstrumentationContext.topLevel
    tracer.extract(carrier, into: &context, using: TraceCarrier.Reader())
    return context
  }
}

/// What a tracer reads of a trace context.
private struct TraceCarrier: Sendable {
  /// The span that the next one is below; the next one itself if it is the first of its trace.
  let traceparent: String
  /// The name that the next span has; nil: one that the tracer chooses.
  var span: String?

  struct Reader: Extractor {
    func extract(key: String, from carrier: TraceCarrier) -> String? {
      switch key {
      case "traceparent": carrier.traceparent
      case "chat-span": carrier.span
      default: nil
      }
    }
  }
}
