/// What one conversation is sent in a tick, as long as the tick goes on. Used again for others afterwards.
///
/// It is no part of the conversation, because memory that was written in the tick before is at hand, and a
/// conversation's own is not where there are thousands.
final class OpenBatch {
  /// How many a router keeps for later.
  static let mostSpare = 1024

  var buffer = FrameBuffer()
  var traces: [PublishTrace] = []
  private var entries = ShortList<PublishBatch.Entry>()
  private var publishedAt: UInt64 = 0

  /// Adds a message whose frame was appended to the buffer.
  ///
  /// - Parameter time: when it was read from its publisher, as ``Moment/nanoseconds``.
  func add(_ entry: PublishBatch.Entry, at time: UInt64) {
    if entries.isEmpty { publishedAt = time }
    entries.append(entry)
  }

  /// Hands everything over, and is empty again.
  func seal(for conversation: ConversationID, loop: Int) -> PublishBatch {
    var entries = ShortList<PublishBatch.Entry>()
    swap(&entries, &self.entries)
    defer {
      buffer.consume(buffer.count)
      traces.removeAll()
    }
    return PublishBatch(
      conversation: conversation, loop: loop, memory: SegmentMemory(buffer.readable), entries: entries,
      publishedAt: publishedAt, traces: traces)
  }
}
