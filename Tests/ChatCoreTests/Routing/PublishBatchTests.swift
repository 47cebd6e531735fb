import Testing

@testable import ChatCore

struct PublishBatchTests {
  private let id = ConversationID.everyone

  private func add(_ text: String, from sender: String, at time: UInt64 = 1, to batch: PublishBatch) throws {
    var codec = FrameCodec(decodingBytes: 0)
    var publish = ClientFrame.Publish()
    publish.body = Payload([UInt8](text.utf8))
    let author = PublishBatch.Author(sender: try UserID(sender), clientMessageID: text)
    let origin = PublishOrigin(session: .service, publish: 1, index: 0)
    let before = batch.contents.buffer.count
    let bytes = batch.contents.add(origin, by: author, at: time) { buffer in
      codec.encodeDelivery(conversation: id.name, sender: sender, publish: publish, into: &buffer)
    }
    let after = batch.contents.buffer.count
    #expect(after == before + bytes)
  }

  private func messages(_ segments: [Segment]) throws -> [Message] {
    try segments.flatMap {
      try LogPage(
        log: LogState(epoch: 1, firstSequence: 1, lastSequence: 9, members: 0), segment: $0
      ).messages()
    }
  }

  @Test func `a batch that is used again has nothing of what was in it before`() throws {
    let batch = PublishBatch(loop: 0)
    var segments: [Segment] = []
    for (number, sender) in ["ann", "bob"].enumerated() {
      try add("\(number)", from: sender, at: UInt64(number + 7), to: batch)
      #expect(batch.count == 1)
      #expect(batch.contents.authors.map(\.sender.name) == [sender])
      segments.append(batch.contents.segment(firstSequence: UInt64(number + 1), time: 3))
      batch.contents.removeAll()
    }
    let isEmpty = batch.contents.buffer.isEmpty
    #expect(isEmpty && batch.count == 0)
    #expect(segments.map(\.publishedAt) == [7, 8])
    let read = try messages(segments)
    #expect(read.map(\.sender) == ["ann", "bob"])
    #expect(read.map { String(decoding: $0.body.bytes, as: UTF8.self) } == ["0", "1"])
  }

  @Test func `what was stored of a batch has the sequences of the commit, and duplicates are left out`()
    throws
  {
    let duplicate = AppendOutcome.Place.duplicate(sequence: 1, time: 1)
    for (places, runs) in [
      ([.stored(sequence: 5), .stored(sequence: 6), .stored(sequence: 7)], [5...7]),
      ([duplicate, .stored(sequence: 5), .stored(sequence: 6)], [5...6]),
      ([.stored(sequence: 5), duplicate, .stored(sequence: 6)], [5...5, 6...6]),
      ([.stored(sequence: 5), .stored(sequence: 6), duplicate], [5...6]),
      ([duplicate, duplicate, duplicate], []),
    ] as [([AppendOutcome.Place], [ClosedRange<UInt64>])] {
      let batch = PublishBatch(loop: 0)
      var texts: [String] = []
      for (index, place) in places.enumerated() {
        try add("\(index)", from: "ann", to: batch)
        if case .stored = place { texts.append("\(index)") }
      }
      let segments = batch.contents.segments(places: places[...], time: 3)
      #expect(segments.map { $0.firstSequence...$0.lastSequence } == runs)
      let read = try messages(segments)
      #expect(read.map { String(decoding: $0.body.bytes, as: UTF8.self) } == texts)
      #expect(read.allSatisfy { $0.time == 3 })
      let sizes = segments.reduce(0) { $0 + $1.byteCount }
      #expect(sizes == read.count * batch.contents.entries[0].layout.frame.count)
    }
  }

  /// Two messages as the store gets them, and a look at their batch.
  private func messagesOfTwo() throws -> (messages: [NewMessage], batch: () -> PublishBatch?) {
    let batch = PublishBatch(loop: 0)
    try add("a", from: "ann", to: batch)
    try add("b", from: "bob", to: batch)
    var new: [NewMessage] = []
    batch.add(to: &new, time: 3)
    return (new, { [weak batch] in batch })
  }

  @Test func `a message that the store keeps keeps its batch, and is given its place in a copy`() throws {
    var (new, batch) = try messagesOfTwo()
    #expect(batch() != nil)
    for (index, message) in new.enumerated() {
      var copy = [UInt8](repeating: 0, count: message.byteCount)
      copy.withUnsafeMutableBytes { message.encode(sequence: 5, into: $0) }
      let segment = copy.withUnsafeBytes { Segment($0, firstSequence: 5, ends: ShortList(of: $0.count)) }
      #expect(try messages([segment]).map(\.sender) == [["ann", "bob"][index]])
    }
    new.removeAll()
    #expect(batch() == nil)
  }

  @Test func `a batch that is with the store is not used for what comes meanwhile`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let reader = try harness.open("bob", following: ["broadcast:b", "broadcast:live/x"])
    harness.holdsWrites = true
    harness.publish("stored", to: "broadcast:b", from: ann)
    harness.tick()
    #expect(harness.router.spareBatches.isEmpty)
    harness.publish("live", to: "broadcast:live/x", from: ann)
    harness.tick()
    #expect(harness.router.spareBatches.count == 1)
    #expect(harness.router.spareBatches.allSatisfy { $0.count == 0 })
    #expect(try bodies(reader, harness) == ["live"])
    harness.commitHeld()
    harness.tick()
    #expect(try bodies(reader, harness) == ["stored"])
  }

  private func bodies(_ session: SessionID, _ harness: RouterHarness) throws -> [String] {
    try harness.frames(session).compactMap { frame in
      if case .message(let message) = frame {
        String(decoding: message.body.bytes, as: UTF8.self)
      } else {
        nil
      }
    }
  }

  @Test func `a tick with more conversations than batches are kept for delivers to all of them`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let count = PublishBatch.mostSpare + 5
    for _ in 1...2 {
      for number in 0..<count { harness.publish("x", to: "broadcast:live/\(number)", from: ann) }
      harness.tick()
    }
    #expect(harness.router.counters.messagesPublished == 2 * UInt64(count))
    #expect(harness.router.spareBatches.count == PublishBatch.mostSpare)
    harness.shedWindows()
    #expect(harness.router.spareBatches.isEmpty)
  }

  @Test func `traces of one tick are not those of the next`() throws {
    let harness = RouterHarness(sampler: TraceSampler(ratio: 0, seed: 1))
    let ann = try harness.open("ann")
    for digit in ["1", "2"] {
      var publish = ClientFrame.Publish()
      publish.to = ["broadcast:live/\(digit)"]
      publish.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e473\(digit)-00f067aa0ba902b7-01"
      harness.receive(.publish(publish), from: ann)
      harness.tick()
    }
    let counts = harness.traces.map { point in
      if case .published(let traces, _) = point { traces.count } else { 0 }
    }
    #expect(counts == [1, 1])
  }
}
