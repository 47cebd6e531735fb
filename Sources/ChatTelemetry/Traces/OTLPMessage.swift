// The only file that knows the C structs of OTLP.
import COTLPProtos
import CProtobufC
import ChatCore
import Tracing

/// Spans as the body of a request to a collector, and the collector's answer.
enum OTLPMessage {
  /// What a collector did not take.
  struct Refusal: Hashable {
    let spans: Int64
    let reason: String
  }

  /// An `ExportTraceServiceRequest`.
  static func request(_ spans: [SpanRecord], of service: LogService) -> [UInt8] {
    let memory = PackedMemory()
    let scope = memory.make(otlp__scope_spans__init)
    scope.pointee.scope = memory.make(otlp__instrumentation_scope__init)
    scope.pointee.scope.pointee.name = memory.text(service.name)
    scope.pointee.scope.pointee.version = memory.text(service.version)
    scope.pointee.n_spans = spans.count
    scope.pointee.spans = memory.list(spans.map { memory.span($0) })
    let resource = memory.make(otlp__resource_spans__init)
    resource.pointee.resource = memory.make(otlp__resource__init)
    let attributes: SpanAttributes = [
      "service.name": .string(service.name), "service.version": .string(service.version),
      "service.instance.id": .string(service.node),
    ]
    let packed = memory.attributes(attributes)
    resource.pointee.resource.pointee.n_attributes = packed.count
    resource.pointee.resource.pointee.attributes = memory.list(packed)
    resource.pointee.n_scope_spans = 1
    resource.pointee.scope_spans = memory.list([scope])
    let request = memory.make(otlp__export_trace_service_request__init)
    request.pointee.n_resource_spans = 1
    request.pointee.resource_spans = memory.list([resource])
    let count = otlp__export_trace_service_request__get_packed_size(request)
    return withExtendedLifetime(memory) {
      [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
        written = otlp__export_trace_service_request__pack(request, buffer.baseAddress)
      }
    }
  }

  /// Reads an `ExportTraceServiceResponse`; nil if the collector took everything, or says nothing that can be read.
  static func refusal(in response: [UInt8]) -> Refusal? {
    guard let message = otlp__export_trace_service_response__unpack(nil, response.count, response) else {
      return nil
    }
    defer { otlp__export_trace_service_response__free_unpacked(message, nil) }
    guard let part = message.pointee.partial_success, part.pointee.rejected_spans > 0 else { return nil }
    return Refusal(
      spans: part.pointee.rejected_spans, reason: String(cString: part.pointee.error_message).prefixOfReason)
  }
}

extension String {
  /// Enough for a line of the log.
  fileprivate var prefixOfReason: String { String(prefix(200)) }
}

/// What C structs point to, until it is deallocated.
private final class PackedMemory {
  private var pieces: [UnsafeMutableRawPointer] = []

  deinit { for piece in pieces { piece.deallocate() } }

  func make<Message>(_ initialize: (UnsafeMutablePointer<Message>?) -> Void) -> UnsafeMutablePointer<Message>
  {
    let made = UnsafeMutablePointer<Message>.allocate(capacity: 1)
    pieces.append(UnsafeMutableRawPointer(made))
    initialize(made)
    return made
  }

  func list<Message>(
    _ entries: [UnsafeMutablePointer<Message>]
  ) -> UnsafeMutablePointer<UnsafeMutablePointer<Message>?> {
    let made = UnsafeMutablePointer<UnsafeMutablePointer<Message>?>.allocate(capacity: max(1, entries.count))
    pieces.append(UnsafeMutableRawPointer(made))
    for (index, entry) in entries.enumerated() { (made + index).initialize(to: entry) }
    return made
  }

  /// A text ends at a NUL in it.
  func text(_ text: String) -> UnsafeMutablePointer<CChar> {
    let bytes = text.utf8CString
    let made = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    pieces.append(UnsafeMutableRawPointer(made))
    for (index, byte) in bytes.enumerated() { (made + index).initialize(to: byte) }
    return made
  }

  /// Numbers in the order of bytes that ids have.
  func id(_ numbers: UInt64...) -> ProtobufCBinaryData {
    let made = UnsafeMutablePointer<UInt8>.allocate(capacity: numbers.count * 8)
    pieces.append(UnsafeMutableRawPointer(made))
    for (index, number) in numbers.enumerated() {
      for byte in 0..<8 {
        (made + index * 8 + byte).initialize(to: UInt8(truncatingIfNeeded: number >> UInt64(56 - 8 * byte)))
      }
    }
    return ProtobufCBinaryData(len: numbers.count * 8, data: made)
  }

  func span(_ record: SpanRecord) -> UnsafeMutablePointer<Otlp__Span> {
    let span = make(otlp__span__init)
    span.pointee.trace_id = id(record.context.traceHigh, record.context.traceLow)
    span.pointee.span_id = id(record.context.span)
    if let parent = record.parent { span.pointee.parent_span_id = id(parent.span) }
    span.pointee.name = text(record.name)
    span.pointee.kind = record.kind.packed
    span.pointee.start_time_unix_nano = record.start
    span.pointee.end_time_unix_nano = record.end
    span.pointee.flags = record.context.isSampled ? 1 : 0
    let attributes = attributes(record.attributes)
    span.pointee.n_attributes = attributes.count
    span.pointee.attributes = list(attributes)
    span.pointee.n_events = record.events.count
    span.pointee.events = list(record.events.map { event($0) })
    let links = record.links.compactMap { link($0) }
    span.pointee.n_links = links.count
    span.pointee.links = list(links)
    if let status = record.status { span.pointee.status = packed(status) }
    return span
  }

  private func event(_ event: SpanEvent) -> UnsafeMutablePointer<Otlp__Span__Event> {
    let made = make(otlp__span__event__init)
    made.pointee.time_unix_nano = event.nanosecondsSinceEpoch
    made.pointee.name = text(event.name)
    let attributes = attributes(event.attributes)
    made.pointee.n_attributes = attributes.count
    made.pointee.attributes = list(attributes)
    return made
  }

  private func link(_ link: SpanLink) -> UnsafeMutablePointer<Otlp__Span__Link>? {
    guard let trace = link.context.trace else { return nil }
    let made = make(otlp__span__link__init)
    made.pointee.trace_id = id(trace.traceHigh, trace.traceLow)
    made.pointee.span_id = id(trace.span)
    let attributes = attributes(link.attributes)
    made.pointee.n_attributes = attributes.count
    made.pointee.attributes = list(attributes)
    return made
  }

  private func packed(_ status: SpanStatus) -> UnsafeMutablePointer<Otlp__Status> {
    let made = make(otlp__status__init)
    made.pointee.code =
      status.code == .ok
      ? OTLP__STATUS__STATUS_CODE__STATUS_CODE_OK : OTLP__STATUS__STATUS_CODE__STATUS_CODE_ERROR
    made.pointee.message = text(status.message ?? "")
    return made
  }

  /// By name, so that equal spans are equal bytes.
  func attributes(_ attributes: SpanAttributes) -> [UnsafeMutablePointer<Otlp__KeyValue>] {
    var all: [(key: String, value: SpanAttribute)] = []
    attributes.forEach { all.append(($0, $1)) }
    return all.sorted { $0.key < $1.key }.map { key, value in
      let made = make(otlp__key_value__init)
      made.pointee.key = text(key)
      made.pointee.value = any(value)
      return made
    }
  }

  private func any(_ value: SpanAttribute) -> UnsafeMutablePointer<Otlp__AnyValue> {
    let made = make(otlp__any_value__init)
    switch value {
    case .int32(let number): set(made, Int64(number))
    case .int64(let number): set(made, number)
    case .double(let number):
      made.pointee.value_case = OTLP__ANY_VALUE__VALUE_DOUBLE_VALUE
      made.pointee.double_value = number
    case .bool(let truth):
      made.pointee.value_case = OTLP__ANY_VALUE__VALUE_BOOL_VALUE
      made.pointee.bool_value = truth ? 1 : 0
    case .string(let string): set(made, string)
    case .stringConvertible(let value): set(made, "\(value)")
    case .int32Array(let numbers): set(made, numbers.map { SpanAttribute.int32($0) })
    case .int64Array(let numbers): set(made, numbers.map { SpanAttribute.int64($0) })
    case .doubleArray(let numbers): set(made, numbers.map { SpanAttribute.double($0) })
    case .boolArray(let truths): set(made, truths.map { SpanAttribute.bool($0) })
    case .stringArray(let strings): set(made, strings.map { SpanAttribute.string($0) })
    case .stringConvertibleArray(let values): set(made, values.map { SpanAttribute.string("\($0)") })
    default: break
    }
    return made
  }

  private func set(_ made: UnsafeMutablePointer<Otlp__AnyValue>, _ number: Int64) {
    made.pointee.value_case = OTLP__ANY_VALUE__VALUE_INT_VALUE
    made.pointee.int_value = number
  }

  private func set(_ made: UnsafeMutablePointer<Otlp__AnyValue>, _ string: String) {
    made.pointee.value_case = OTLP__ANY_VALUE__VALUE_STRING_VALUE
    made.pointee.string_value = text(string)
  }

  private func set(_ made: UnsafeMutablePointer<Otlp__AnyValue>, _ values: [SpanAttribute]) {
    let array = make(otlp__array_value__init)
    array.pointee.n_values = values.count
    array.pointee.values = list(values.map { any($0) })
    made.pointee.value_case = OTLP__ANY_VALUE__VALUE_ARRAY_VALUE
    made.pointee.array_value = array
  }
}

extension SpanKind {
  fileprivate var packed: Otlp__Span__SpanKind {
    switch self {
    case .server: OTLP__SPAN__SPAN_KIND__SPAN_KIND_SERVER
    case .client: OTLP__SPAN__SPAN_KIND__SPAN_KIND_CLIENT
    case .producer: OTLP__SPAN__SPAN_KIND__SPAN_KIND_PRODUCER
    case .consumer: OTLP__SPAN__SPAN_KIND__SPAN_KIND_CONSUMER
    case .internal: OTLP__SPAN__SPAN_KIND__SPAN_KIND_INTERNAL
    }
  }
}
