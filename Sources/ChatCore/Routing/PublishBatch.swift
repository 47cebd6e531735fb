/// What the sessions of one loop published to one conversation in one tick, encoded for delivery.
package final class PublishBatch: Sendable {
  /// Where one message lies, and where its receipt goes.
  ///
  /// It refers to nothing, so that no copy of it counts references.
  struct Entry: Sendable {
    let layout: DeliveryFrame
    let origin: PublishOrigin
  }

  /// Whom a message is from, and what it is recognised by when it is repeated.
  struct Author: Sendable {
    let sender: UserID
    let clientMessageID: String
  }

  let conversation: ConversationID
  /// The loop of the publishing sessions.
  let loop: Int
  let memory: SegmentMemory
  let entries: ShortList<Entry>
  /// Of each entry.
  let authors: ShortList<Author>
  /// When the first of them was read; ``Moment/nanoseconds``.
  let publishedAt: UInt64
  /// Of those that are traced. Mostly empty.
  let traces: [PublishTrace]

  init(
    conversation: ConversationID, loop: Int, memory: SegmentMemory, entries: ShortList<Entry>,
    authors: ShortList<Author>,
    publishedAt: UInt64,
    traces: [PublishTrace]
  ) {
    self.conversation = conversation
    self.loop = loop
    self.memory = memory
    self.entries = entries
    self.authors = authors
    self.publishedAt = publishedAt
    self.traces = traces
  }

  /// Adds the messages as the store takes them. Their frames stay where they are.
  func add(to messages: inout [NewMessage], time: Int64) {
    for (entry, author) in zip(entries, authors) {
      messages.append(
        NewMessage(
          sender: author.sender, clientMessageID: author.clientMessageID, time: time, layout: entry.layout,
          memory: memory, mayBeFromOutside: entry.origin.session == .service))
    }
  }

  /// Gives all messages places, from `firstSequence` on.
  func segment(firstSequence: UInt64, time: Int64) -> Segment {
    var ends = ShortList<Int>()
    ends.reserveCapacity(entries.count)
    for entry in entries {
      if let base = memory.bytes.baseAddress {
        entry.layout.patch(base, sequence: firstSequence &+ UInt64(ends.count), time: time)
      }
      ends.append(entry.layout.frame.upperBound)
    }
    return Segment(
      memory: memory, firstSequence: firstSequence, start: 0, ends: ends, publishedAt: publishedAt,
      traces: traces)
  }

  /// Fills in what the commit has decided and returns the stored messages as segments: one, unless a
  /// duplicate stands between them.
  func segments(places: ArraySlice<AppendOutcome.Place>, time: Int64) -> [Segment] {
    guard let base = memory.bytes.baseAddress else { return [] }
    var segments: [Segment] = []
    var first: UInt64 = 0
    var start = 0
    var ends = ShortList<Int>()
    func finish() {
      guard !ends.isEmpty else { return }
      segments.append(
        Segment(
          memory: memory, firstSequence: first, start: start, ends: ends, publishedAt: publishedAt,
          traces: segments.isEmpty ? traces : []))
      ends.removeAll()
    }
    for (entry, place) in zip(entries, places) {
      guard case .stored(let sequence) = place else {
        finish()
        continue
      }
      entry.layout.patch(base, sequence: sequence, time: time)
      if ends.isEmpty {
        first = sequence
        start = entry.layout.frame.lowerBound
      }
      ends.append(entry.layout.frame.upperBound)
    }
    finish()
    return segments
  }
}

/// The request that a message came with.
struct PublishOrigin: Hashable, Sendable {
  let session: SessionID
  /// The session's number for the publish; 0: no answer is wanted, but an error is told.
  let publish: UInt64
  /// Which of the publish's addresses.
  let index: Int

  var wantsAnswer: Bool { publish != 0 }
}

/// What became of one message, on its way back to the publisher's loop.
package struct PublishReceipt: Sendable {
  let origin: PublishOrigin
  /// The size of the encoded message, which waits no longer.
  let bytes: Int
  let result: Result<Placed, ChatError>

  struct Placed: Sendable {
    let sequence: UInt64
    let time: Int64
    let duplicate: Bool
    var recipientsOnline: UInt32 = 0
    var recipientsTotal: UInt32 = 0
  }
}
