/// What the sessions of one loop publish to one conversation in one tick, encoded for delivery.
///
/// Open as long as the tick goes on; then it goes to the conversation's owner. What is handed to the store is never changed.
/// A batch for a conversation that is not stored is emptied by the owner as soon as its messages have their places; if the owner
/// is the same loop, it is used again for another one: memory that was written in the tick before is at hand, where a
/// conversation's own is not if there are thousands.
package final class PublishBatch: @unchecked Sendable {  // One loop at a time changes it; the store reads.
  /// How many a router keeps for later.
  static let mostSpare = 1024

  /// The loop of the publishing sessions.
  let loop: Int
  // One value, so that exclusive access to it is checked once for all that is done to it at a time.
  var contents = Contents()

  init(loop: Int) {
    self.loop = loop
  }

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

  struct Contents: ~Copyable {
    /// The frames, one after the other.
    private(set) var buffer = FrameBuffer()
    private(set) var entries = ShortList<Entry>()
    /// Of each entry.
    private(set) var authors = ShortList<Author>()
    /// When the first of them was read; ``Moment/nanoseconds``.
    private(set) var publishedAt: UInt64 = 0
    /// Of those that are traced. Mostly empty.
    var traces: [PublishTrace] = []
  }

  /// How many messages.
  var count: Int { contents.entries.count }

  /// Adds the messages as the store takes them. Their frames stay where they are.
  func add(to messages: inout [NewMessage], time: Int64) {
    let frames = contents.buffer.readable
    for (entry, author) in zip(contents.entries, contents.authors) {
      let frame = UnsafeRawBufferPointer(rebasing: frames[entry.layout.frame])
      messages.append(
        NewMessage(
          sender: author.sender, clientMessageID: author.clientMessageID, time: time, layout: entry.layout,
          frame: Payload(base: frame.baseAddress, count: frame.count, owner: self),
          mayBeFromOutside: entry.origin.session == .service))
    }
  }
}

extension PublishBatch.Contents {
  /// Adds a message.
  ///
  /// - Parameters:
  ///   - time: when it was read from its publisher, as ``Moment/nanoseconds``.
  ///   - encode: appends its frame.
  /// - Returns: how many bytes the frame has.
  mutating func add(
    _ origin: PublishOrigin, by author: PublishBatch.Author, at time: UInt64,
    encode: (inout FrameBuffer) -> DeliveryFrame
  ) -> Int {
    if entries.isEmpty { publishedAt = time }
    let layout = encode(&buffer)
    entries.append(PublishBatch.Entry(layout: layout, origin: origin))
    authors.append(author)
    return layout.frame.count
  }

  /// Forgets everything. A buffer that is not large keeps its memory.
  mutating func removeAll() {
    buffer.consume(buffer.count)
    entries.removeAll()
    authors.removeAll()
    if !traces.isEmpty { traces.removeAll() }
  }

  /// All messages, with places from `firstSequence` on.
  func segment(firstSequence: UInt64, time: Int64) -> Segment {
    segment(of: entries.indices, firstSequence: firstSequence, time: time, traces: traces)
  }

  /// What the commit has stored, as segments: one, unless a duplicate stands between them.
  func segments(places: ArraySlice<AppendOutcome.Place>, time: Int64) -> [Segment] {
    var segments: [Segment] = []
    var run = 0..<0
    var first: UInt64 = 0
    func finish() {
      guard !run.isEmpty else { return }
      segments.append(
        segment(of: run, firstSequence: first, time: time, traces: segments.isEmpty ? traces : []))
    }
    for (index, place) in zip(entries.indices, places) {
      guard case .stored(let sequence) = place else {
        finish()
        run = 0..<0
        continue
      }
      if run.isEmpty { (run, first) = (index..<index, sequence) }
      run = run.lowerBound..<index + 1
    }
    finish()
    return segments
  }

  /// - Parameter run: not empty.
  private func segment(
    of run: Range<Int>, firstSequence: UInt64, time: Int64, traces: [PublishTrace]
  ) -> Segment {
    let start = entries[run.lowerBound].layout.frame.lowerBound
    var ends = ShortList<Int>()
    ends.reserveCapacity(run.count)
    for index in run { ends.append(entries[index].layout.frame.upperBound - start) }
    let frames = start..<entries[run.upperBound - 1].layout.frame.upperBound
    return Segment(
      UnsafeRawBufferPointer(rebasing: buffer.readable[frames]), firstSequence: firstSequence, ends: ends,
      publishedAt: publishedAt, traces: traces
    ) { memory in
      var sequence = firstSequence
      for index in run {
        entries[index].layout.patch(memory - start, sequence: sequence, time: time)
        sequence &+= 1
      }
    }
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
