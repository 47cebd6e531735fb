package import ChatCore
package import Tracing

/// A span that has ended.
package struct SpanRecord: Sendable {
  package var context: TraceContext
  /// Nil: it is the first of its trace.
  package var parent: TraceContext?
  package var name: String
  package var kind: SpanKind
  /// Nanoseconds since 1970.
  package var start: UInt64
  package var end: UInt64
  package var attributes: SpanAttributes = [:]
  package var events: [SpanEvent] = []
  package var links: [SpanLink] = []
  package var status: SpanStatus?
}
