import ChatCore
import Synchronization
package import Tracing

/// A span of ``OTLPTracer``. May be used on any thread.
package final class OTLPSpan: Span {
  /// Events and links that a span keeps; further ones are left out.
  package static let mostEvents = 32

  private struct State {
    var record: SpanRecord
    var hasEnded = false
  }

  package let context: InstrumentationContext
  private let state: Mutex<State>
  /// Nil: nobody wants it.
  private let queue: SpanQueue?

  init(_ record: SpanRecord, context: InstrumentationContext, queue: SpanQueue?) {
    self.context = context
    self.queue = queue
    state = Mutex(State(record: record))
  }

  package var isRecording: Bool { queue != nil && state.withLock { !$0.hasEnded } }

  package var operationName: String {
    get { state.withLock { $0.record.name } }
    set { change { $0.name = newValue } }
  }

  package var attributes: SpanAttributes {
    get { state.withLock { $0.record.attributes } }
    set { change { $0.attributes = newValue } }
  }

  package func setStatus(_ status: SpanStatus) { change { $0.status = status } }

  package func addEvent(_ event: SpanEvent) {
    change { if $0.events.count < Self.mostEvents { $0.events.append(event) } }
  }

  package func addLink(_ link: SpanLink) {
    change { if $0.links.count < Self.mostEvents { $0.links.append(link) } }
  }

  package func recordError<Instant: TracerInstant>(
    _ error: any Error, attributes: SpanAttributes, at instant: @autoclosure () -> Instant
  ) {
    var attributes = attributes
    // Not its words: they may hold what somebody has sent.
    attributes["exception.type"] = "\(type(of: error))"
    addEvent(SpanEvent(name: "exception", at: instant(), attributes: attributes))
  }

  package func end<Instant: TracerInstant>(at instant: @autoclosure () -> Instant) {
    let end = instant().nanosecondsSinceEpoch
    let ended: SpanRecord? = state.withLock { state in
      guard !state.hasEnded else { return nil }
      state.hasEnded = true
      state.record.end = end
      return state.record
    }
    if let ended { queue?.add(ended) }
  }

  private func change(_ body: (inout SpanRecord) -> Void) {
    guard queue != nil else { return }
    state.withLock { if !$0.hasEnded { body(&$0.record) } }
  }
}
