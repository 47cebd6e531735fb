/// How long publishes took on one loop. Each message counts; the time is taken once for a batch.
package struct PublishLatencies: Sendable {
  /// From reading a publish to its commit, at the conversation's owner.
  package var durable = LatencyHistogram()
  /// From reading a publish to the flush that first hands it to sockets, at each loop that has followers.
  package var socket = LatencyHistogram()
}

// What is measured costs one record for each batch, whatever it holds and whoever gets it.
extension Router {
  mutating func measureCommit(of batch: PublishBatch) {
    latencies.durable.record(now.microseconds(since: batch.contents.publishedAt), weight: batch.count)
  }

  /// What the live cursors are about to have passed was handed over now.
  mutating func measureDelivery(of tail: borrowing Tail) {
    var next = tail.next
    while let segment = tail.window.segment(holding: next) {
      if let publishedAt = segment.publishedAt {
        latencies.socket.record(now.microseconds(since: publishedAt), weight: segment.count)
      }
      next = segment.lastSequence &+ 1
    }
  }
}
