/// What the sessions of one loop published to one conversation in one tick, encoded for delivery.
package final class PublishBatch: Sendable {
  /// One message and where its receipt goes.
  struct Entry: Sendable {
    let layout: DeliveryFrame
    let sender: UserID
    let clientMessageID: String
    let contentType: String
    let traceparent: String
    let origin: PublishOrigin
  }

  let conversation: ConversationID
  /// The loop of the publishing sessions.
  let loop: Int
  let memory: SegmentMemory
  let entries: [Entry]

  init(conversation: ConversationID, loop: Int, memory: SegmentMemory, entries: [Entry]) {
    self.conversation = conversation
    self.loop = loop
    self.memory = memory
    self.entries = entries
  }

  /// The messages as the store takes them. Their bodies stay where they are.
  func messages(time: Int64) -> [NewMessage] {
    entries.map { entry in
      NewMessage(
        sender: entry.sender, clientMessageID: entry.clientMessageID, time: time,
        contentType: entry.contentType, traceparent: entry.traceparent,
        body: memory.payload(entry.layout.body))
    }
  }

  /// Fills in what the commit has decided and returns the stored messages as segments: one, unless a
  /// duplicate stands between them.
  func segments(places: ArraySlice<AppendOutcome.Place>, time: Int64) -> [Segment] {
    guard let base = memory.bytes.baseAddress else { return [] }
    var segments: [Segment] = []
    var first: UInt64 = 0
    var start = 0
    var ends: [Int] = []
    func finish() {
      guard !ends.isEmpty else { return }
      segments.append(Segment(memory: memory, firstSequence: first, start: start, ends: ends))
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
  /// The session's number for the publish.
  let publish: UInt64
  /// Which of the publish's addresses.
  let index: Int
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
    let recipientsOnline: UInt32
    let recipientsTotal: UInt32
  }
}

/// A batch that still takes messages: everything that one conversation is sent in a tick.
final class OpenBatch {
  let conversation: ConversationID
  var buffer = FrameBuffer()
  var entries: [PublishBatch.Entry] = []

  init(conversation: ConversationID) {
    self.conversation = conversation
  }

  func seal(loop: Int) -> PublishBatch {
    var taken = FrameBuffer()
    swap(&taken, &buffer)
    return PublishBatch(
      conversation: conversation, loop: loop, memory: SegmentMemory(taken), entries: entries)
  }
}
