/// What one conversation is sent in a tick, as long as the tick goes on. Used again for others afterwards.
///
/// It is no part of the conversation, because memory that was written in the tick before is at hand, and a
/// conversation's own is not where there are thousands.
final class OpenBatch {
  /// How many a router keeps for later.
  static let mostSpare = 1024

  // One value, so that exclusive access to it is checked once for all that is done to it at a time.
  var contents = Contents()

  struct Contents: ~Copyable {
    var buffer = FrameBuffer()
    var traces: [PublishTrace] = []
    private var entries = ShortList<PublishBatch.Entry>()
    private var authors = ShortList<PublishBatch.Author>()
    private var publishedAt: UInt64 = 0

    /// Adds a message whose frame was appended to the buffer.
    ///
    /// - Parameter time: when it was read from its publisher, as ``Moment/nanoseconds``.
    mutating func add(_ entry: PublishBatch.Entry, by author: PublishBatch.Author, at time: UInt64) {
      if entries.isEmpty { publishedAt = time }
      entries.append(entry)
      authors.append(author)
    }

    /// Hands everything over, and is empty again.
    mutating func seal(for conversation: ConversationID, loop: Int) -> PublishBatch {
      var authors = ShortList<PublishBatch.Author>()
      swap(&authors, &self.authors)
      let sealed = PublishBatch(
        conversation: conversation, loop: loop, memory: SegmentMemory(buffer.readable), entries: entries,
        authors: authors, publishedAt: publishedAt, traces: traces)
      buffer.consume(buffer.count)
      entries.removeAll()
      if !traces.isEmpty { traces.removeAll() }
      return sealed
    }
  }
}
