import Synchronization

/// Spans that wait to be sent. Taken from any thread; when it is full, new ones are left out and counted.
package final class SpanQueue: Sendable {
  private struct State {
    var spans: [SpanRecord] = []
    var leftOut: UInt64 = 0
    var isClosed = false
  }

  private let limit: Int
  private let wakeAt: Int
  private let state = Mutex(State())
  private let wake: AsyncStream<Void>.Continuation
  /// Has an element when a batch is full, and ends with ``close()``. For one reader.
  package let batches: AsyncStream<Void>

  /// - Parameters:
  ///   - limit: spans that wait at most.
  ///   - batch: so many are worth a request.
  package init(limit: Int, batch: Int) {
    self.limit = limit
    wakeAt = max(1, batch)
    (batches, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  package func add(_ span: SpanRecord) {
    let isBatch = state.withLock { state in
      guard !state.isClosed, state.spans.count < limit else {
        state.leftOut &+= 1
        return false
      }
      state.spans.append(span)
      return state.spans.count == wakeAt
    }
    if isBatch { wake.yield() }
  }

  /// The oldest spans, as many as one request takes.
  package func take() -> [SpanRecord] {
    state.withLock { state in
      let taken = Array(state.spans.prefix(wakeAt))
      state.spans.removeFirst(taken.count)
      return taken
    }
  }

  /// Takes back spans that were taken and may be sent later, beyond the limit if need be.
  package func putBack(_ spans: [SpanRecord]) {
    state.withLock { $0.spans.insert(contentsOf: spans, at: 0) }
  }

  /// Counts spans that were taken and could not be sent.
  package func giveUp(_ count: Int) {
    state.withLock { $0.leftOut &+= UInt64(count) }
  }

  /// Takes no more spans; those that wait can still be taken.
  package func close() {
    state.withLock { $0.isClosed = true }
    wake.finish()
  }

  package var waiting: Int { state.withLock { $0.spans.count } }
  /// Spans that nobody gets, since the start.
  package var leftOut: UInt64 { state.withLock { $0.leftOut } }
}
