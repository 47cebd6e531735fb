import ChatCore
import Testing

@testable import ChatTelemetry

@Suite struct SpanQueueTests {
  private func span(_ number: UInt64) -> SpanRecord {
    let context = TraceContext(traceHigh: 1, traceLow: 1, span: number, isSampled: true)
    return SpanRecord(context: context, parent: nil, name: "span", kind: .internal, start: 1, end: 2)
  }

  @Test func `what does not fit is left out and counted`() {
    let queue = SpanQueue(limit: 3, batch: 2)
    for number in 1...5 { queue.add(span(UInt64(number))) }
    #expect(queue.waiting == 3)
    #expect(queue.leftOut == 2)
    #expect(queue.take().map(\.context.span) == [1, 2])
    #expect(queue.take().map(\.context.span) == [3])
    #expect(queue.take().isEmpty)
  }

  @Test func `spans that were put back go first`() {
    let queue = SpanQueue(limit: 10, batch: 2)
    for number in 1...3 { queue.add(span(UInt64(number))) }
    queue.putBack(queue.take())
    #expect(queue.take().map(\.context.span) == [1, 2])
    #expect(queue.leftOut == 0)
  }

  @Test func `a closed queue takes nothing and gives what it has`() async {
    let queue = SpanQueue(limit: 10, batch: 2)
    queue.add(span(1))
    queue.close()
    queue.add(span(2))
    #expect(queue.leftOut == 1)
    #expect(queue.take().map(\.context.span) == [1])
    for await _ in queue.batches {}
  }

  @Test func `a full batch wakes the exporter`() async {
    let queue = SpanQueue(limit: 10, batch: 2)
    queue.add(span(1))
    queue.add(span(2))
    var batches = queue.batches.makeAsyncIterator()
    #expect(await batches.next() != nil)
  }
}
