package import ChatCore
package import Tracing

/// Makes spans, and queues those that are sampled for the exporter.
///
/// Whether a span is sampled is decided by the context that it is below; one below nothing is. The trace context travels
/// as W3C `traceparent`.
package struct OTLPTracer: Tracer {
  private let queue: SpanQueue

  package init(queue: SpanQueue) {
    self.queue = queue
  }

  package func startSpan<Instant: TracerInstant>(
    _ operationName: String, context: @autoclosure () -> InstrumentationContext, ofKind kind: SpanKind,
    at instant: @autoclosure () -> Instant, function: String, file fileID: String, line: UInt
  ) -> OTLPSpan {
    var context = context()
    let given = context[SpanNameKey.self]
    context[SpanNameKey.self] = nil
    let above = context[TraceContextKey.self]
    // The first span of a trace has a context that is its own.
    let parent = above == given ? nil : above
    let own = given ?? parent?.with(span: .random(in: 1 ... .max)) ?? .random()
    context[TraceContextKey.self] = own
    return OTLPSpan(
      SpanRecord(
        context: own, parent: parent, name: operationName, kind: kind, start: instant().nanosecondsSinceEpoch,
        end: 0),
      context: context, queue: own.isSampled ? queue : nil)
  }

  package func extract<Carrier, Extract: Extractor>(
    _ carrier: Carrier, into context: inout InstrumentationContext, using extractor: Extract
  ) where Extract.Carrier == Carrier {
    context[TraceContextKey.self] =
      extractor.extract(key: "traceparent", from: carrier).flatMap { TraceContext($0) }
    // A span whose name was chosen before it was made: messages were delivered with it.
    context[SpanNameKey.self] = extractor.extract(key: "chat-span", from: carrier).flatMap {
      TraceContext($0)
    }
  }

  package func inject<Carrier, Inject: Injector>(
    _ context: InstrumentationContext, into carrier: inout Carrier, using injector: Inject
  ) where Inject.Carrier == Carrier {
    guard let trace = context[TraceContextKey.self] else { return }
    injector.inject(trace.text, forKey: "traceparent", into: &carrier)
  }

  /// The exporter sends by itself.
  package func forceFlush() {}
}

private enum TraceContextKey: InstrumentationContextKey {
  typealias Value = TraceContext
}

private enum SpanNameKey: InstrumentationContextKey {
  typealias Value = TraceContext
}

extension InstrumentationContext {
  /// The span that further ones will be below.
  package var trace: TraceContext? { self[TraceContextKey.self] }
}

extension TraceContext {
  /// A new trace.
  fileprivate static func random() -> TraceContext {
    TraceContext(
      traceHigh: .random(in: 1 ... .max), traceLow: .random(in: 0 ... .max), span: .random(in: 1 ... .max),
      isSampled: true)
  }
}
