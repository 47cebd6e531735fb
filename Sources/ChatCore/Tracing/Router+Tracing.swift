// What is noted of publishes that are traced; of others nothing.
extension Router {
  /// Begins the trace of a publish.
  ///
  /// - Returns: the publish as it is delivered: what it brought goes on as it is, and one that brought no trace context
  ///   gets ours. Nil: it is not traced.
  mutating func traced(
    _ publish: ClientFrame.Publish, in batch: OpenBatch
  ) -> ClientFrame.Publish? {
    guard batch.contents.traces.count < TraceSampler.mostPerBatch,
      let trace = sampler.trace(publish.traceparent, at: now.unixNanoseconds)
    else { return nil }
    batch.contents.traces.append(trace)
    var delivered = publish
    if trace.parent == nil { delivered.traceparent = trace.context.text }
    return delivered
  }

  /// Tells the driver of an append that has traced publishes in it.
  ///
  /// - Parameter submittedAt: when it was handed to the store.
  mutating func traceAppend(
    _ batches: [PublishBatch], lastSequence: UInt64 = 0, submittedAt: UInt64? = nil, failure: ErrorCode? = nil
  ) {
    guard batches.contains(where: { !$0.traces.isEmpty }), let first = batches.first else { return }
    let outcome = TracePoint.Outcome(
      conversation: first.conversation, loop: loop, messages: batches.reduce(0) { $0 + $1.entries.count },
      submittedAt: submittedAt, decidedAt: now.unixNanoseconds, lastSequence: lastSequence, failure: failure)
    actions.append(.trace(.published(batches.flatMap(\.traces), outcome)))
  }

  /// Notes what this loop's window got.
  mutating func traceFlush(of segment: Segment, to replica: Replica) {
    tracesToFlush.append((segment.traces, now.unixNanoseconds, replica.followers))
  }

  /// Tells the driver of what was handed to sockets.
  mutating func reportFlushedTraces() {
    for (traces, since, sessions) in tracesToFlush {
      actions.append(.trace(.flushed(traces, since: since, loop: loop, sessions: sessions)))
    }
    tracesToFlush.removeAll()
  }
}
