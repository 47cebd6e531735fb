import ChatCore
import Testing
import Tracing

@testable import ChatTelemetry

@Suite struct OTLPTracerTests {
  private struct Carrier: Extractor, Injector {
    func extract(key: String, from carrier: [String: String]) -> String? { carrier[key] }
    func inject(_ value: String, forKey key: String, into carrier: inout [String: String]) {
      carrier[key] = value
    }
  }

  private let parent = TraceContext(traceHigh: 1, traceLow: 2, span: 3, isSampled: true)
  private let queue = SpanQueue(limit: 10, batch: 10)
  private var tracer: OTLPTracer { OTLPTracer(queue: queue) }

  private func context(_ carrier: [String: String]) -> InstrumentationContext {
    var context = InstrumentationContext.topLevel
    tracer.extract(carrier, into: &context, using: Carrier())
    return context
  }

  @Test func `a span is below the context that it was made in, and so on`() {
    let outer = tracer.startSpan("outer", context: context(["traceparent": parent.text]))
    let inner = tracer.startSpan("inner", context: outer.context, ofKind: .client)
    inner.attributes["count"] = 3
    inner.setStatus(SpanStatus(code: .error, message: "no"))
    inner.end()
    inner.end()
    outer.end()
    let spans = queue.take()
    #expect(spans.map(\.name) == ["inner", "outer"])
    #expect(spans[1].parent == parent)
    #expect(spans[0].parent == spans[1].context)
    #expect(spans[0].context.traceID == parent.traceID)
    #expect(spans[0].attributes.get("count") == .int64(3))
    #expect(spans[0].end >= spans[0].start)
  }

  @Test func `a span gets the name that was chosen for it, and only that one`() {
    let own = parent.with(span: 9)
    let given = context(["traceparent": parent.text, "chat-span": own.text])
    let span = tracer.startSpan("publish", context: given)
    let below = tracer.startSpan("part", context: span.context)
    span.end()
    below.end()
    let spans = queue.take()
    #expect(spans[0].context == own && spans[0].parent == parent)
    #expect(spans[1].parent == own && spans[1].context != own)
  }

  @Test func `a span that is its own context is the first of its trace`() {
    tracer.startSpan("publish", context: context(["traceparent": parent.text, "chat-span": parent.text]))
      .end()
    let span = queue.take().first
    #expect(span?.context == parent && span?.parent == nil)
  }

  @Test func `what is not sampled is not kept, and its context goes on`() {
    let unsampled = TraceContext(traceHigh: 1, traceLow: 2, span: 3, isSampled: false)
    let span = tracer.startSpan("publish", context: context(["traceparent": unsampled.text]))
    #expect(!span.isRecording)
    span.end()
    #expect(queue.waiting == 0)
    var carrier: [String: String] = [:]
    tracer.inject(span.context, into: &carrier, using: Carrier())
    #expect(carrier["traceparent"]?.hasPrefix("00-00000000000000010000000000000002-") == true)
    #expect(carrier["traceparent"]?.hasSuffix("-00") == true)
  }

  @Test func `a context that is none begins a trace`() {
    tracer.startSpan("alone", context: context(["traceparent": "nonsense"])).end()
    #expect(queue.take().first?.parent == nil)
  }

  @Test func `a span keeps a bounded number of events and the kind of an error alone`() {
    struct Failure: Error {}
    let span = tracer.startSpan("publish", context: .topLevel)
    span.recordError(Failure())
    for _ in 0..<100 { span.addEvent("again") }
    span.end()
    let events = queue.take().first?.events ?? []
    #expect(events.count == OTLPSpan.mostEvents)
    #expect(events.first?.attributes.get("exception.type") == .string("Failure"))
  }
}
