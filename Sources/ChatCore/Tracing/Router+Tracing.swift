// What is noted of publishes that are traced; of others nothing.
extension Router {
  /// Begins the trace of a publish.
  ///
  /// - Returns: the trace context of a publish that brought none; nil: what it brought goes on as it is.
  mutating func traceparent(of publish: PublishFields, in batch: PublishBatch) -> String? {
    guard batch.contents.traces.count < TraceSampler.mostPerBatch,
      let trace = sampler.trace(String(decoding: publish.traceparent, as: UTF8.self), at: now.unixNanoseconds)
    else { return nil }
    batch.contents.traces.append(trace)
    return trace.parent == nil ? trace.context.text : nil
  }

  /// Tells the driver of an append that has traced publishes in it.
  ///
  /// - Parameters:
  ///   - messages: how many were appended, traced or not.
  ///   - submittedAt: when it was handed to the store.
  mutating func traceAppend(
    _ traces: [PublishTrace], of messages: Int, to conversation: ConversationID, lastSequence: UInt64 = 0,
    submittedAt: UInt64? = nil, failure: ErrorCode? = nil
  ) {
    guard !traces.isEmpty else { return }
    let outcome = TracePoint.Outcome(
      conversation: conversation, loop: loop, messages: messages,
      submittedAt: submittedAt, decidedAt: now.unixNanoseconds, lastSequence: lastSequence, failure: failure)
    actions.append(.trace(.published(traces, outcome)))
  }

  /// Notes what this loop's window got.
  mutating func traceFlush(of segments: some Collection<Segment>, to replica: Replica) {
    for segment in segments where !segment.traces.isEmpty {
      tracesToFlush.append((segment.traces, now.unixNanoseconds, replica.followers))
    }
  }

  /// Tells the driver of what was handed to sockets.
  mutating func reportFlushedTraces() {
    for (traces, since, sessions) in tracesToFlush {
      actions.append(.trace(.flushed(traces, since: since, loop: loop, sessions: sessions)))
    }
    tracesToFlush.removeAll()
  }
}
