import Testing

@testable import ChatCore

struct OpenBatchTests {
  @Test func `a batch that is used again has nothing of what was in it before`() throws {
    var batch = OpenBatch.Contents()
    var codec = FrameCodec(decodingBytes: 0)
    let id = try ConversationID("group:a")
    var sealed: [PublishBatch] = []
    for (text, sender, time) in [("first", "ann", 1), ("second", "bob", 2)] {
      var publish = ClientFrame.Publish()
      publish.body = Payload([UInt8](text.utf8))
      let layout = codec.encodeDelivery(
        conversation: id.name, sender: sender, publish: publish, into: &batch.buffer)
      batch.add(
        PublishBatch.Entry(layout: layout, origin: PublishOrigin(session: .service, publish: 1, index: 0)),
        by: PublishBatch.Author(sender: try UserID(sender), clientMessageID: text), at: UInt64(time))
      sealed.append(batch.seal(for: id, loop: 0))
    }
    let isEmpty = batch.buffer.isEmpty
    #expect(isEmpty)
    #expect(sealed.map(\.entries.count) == [1, 1])
    #expect(sealed.map { $0.authors[0].clientMessageID } == ["first", "second"])
    #expect(sealed.map { $0.authors[0].sender.name } == ["ann", "bob"])
    #expect(sealed.map(\.publishedAt) == [1, 2])
    #expect(sealed.map { $0.memory.bytes.count } == sealed.map { $0.entries[0].layout.frame.count })
  }

  @Test func `a tick with more conversations than batches are kept for delivers to all of them`() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    let count = OpenBatch.mostSpare + 5
    for _ in 1...2 {
      for number in 0..<count { harness.publish("x", to: "broadcast:live/\(number)", from: ann) }
      harness.tick()
    }
    #expect(harness.router.counters.messagesPublished == 2 * UInt64(count))
    #expect(harness.router.spareBatches.count == OpenBatch.mostSpare)
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
