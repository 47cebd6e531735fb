import Testing

@testable import ChatCore

@Suite struct RouterDeliveryTests {
  @Test("What several conversations bring a session in one tick goes out in one write")
  func oneWrite() throws {
    let harness = RouterHarness()
    let publisher = try harness.open("ann")
    let names = ["broadcast:live/a", "broadcast:live/b", "broadcast:c"]
    let reader = try harness.open("bob", following: names)
    let single = try harness.open("eve", following: ["broadcast:live/a"])
    harness.publish("1", to: names[0], names[1], names[2], from: publisher)
    harness.publish("2", to: names[0], from: publisher)
    harness.settle()
    harness.flush()
    #expect(harness.sends[reader]?.count == 1)
    #expect(try harness.messages(reader).count == 4)
    #expect(harness.sends[single]?.count == 1)
    #expect(try harness.messages(single) == [1, 2])
  }

  @Test("An answer and a message of one tick go out in one write, and the answer first")
  func answerFirst() throws {
    let harness = RouterHarness()
    let ann = try harness.open("ann", following: ["broadcast:live/a"])
    harness.publish("1", to: "broadcast:live/a", from: ann)
    harness.settle()
    harness.flush()
    #expect(harness.sends[ann]?.count == 1)
    let frames = try harness.frames(ann)
    guard frames.count == 2, case .published = frames[0], case .message = frames[1] else {
      Issue.record("unexpected \(frames)")
      return
    }
  }

  @Test(
    "More than the window holds, appended before one flush, reaches a session that keeps up without a gap")
  func smallWindow() throws {
    var limits = Limits()
    limits.windowBytes = 1
    let harness = RouterHarness(limits: limits)
    let publisher = try harness.open("ann")
    let reader = try harness.open("bob", following: ["broadcast:live/a"])
    for text in ["1", "2", "3"] {
      harness.publish(text, to: "broadcast:live/a", from: publisher)
      harness.settle()
    }
    harness.flush()
    #expect(try harness.messages(reader) == [1, 2, 3])
    #expect(try harness.frames(reader).count == 3)
  }

  @Test("Tails are looked for once in a tick, and none is left out for good")
  func tails() throws {
    let harness = RouterHarness()
    let publisher = try harness.open("ann")
    let reader = try harness.open("bob", following: ["broadcast:live/a"])
    func tailsAfterPublish() throws -> [[Position]] {
      harness.publish("x", to: "broadcast:live/a", from: publisher)
      harness.tick()
      harness.receive(.ping, from: reader)
      harness.settle()
      harness.flush()
      return try harness.tails(reader)
    }
    #expect(try tailsAfterPublish().map { $0.map(\.sequence) } == [[1]])
    #expect(try tailsAfterPublish().map { $0.map(\.sequence) } == [[]])
    harness.pass(milliseconds: Router.tick)
    #expect(try tailsAfterPublish().map { $0.map(\.sequence) } == [[3]])
  }

  @Test(
    "Receipts of a batch from another loop go back in one message",
    arguments: ["broadcast:live/", "broadcast:"])
  func receiptsTogether(prefix: String) throws {
    // Of the names one is owned by loop 0, where the other loop's publishes come.
    let publishing = Publishing(loop: 1, loops: 2)
    let harness = RouterHarness(loops: 2)
    let name = try #require((0..<64).map { "\(prefix)\($0)" }.first { publishing.owner(of: $0) == 0 })
    harness.deliver(try publishing.batch(of: 3, to: name))
    let counts = harness.settle().compactMap { message -> Int? in
      if case .receipts(let receipts) = message { receipts.count } else { nil }
    }
    #expect(counts == [3])
  }

  @Test func `the receipt of the first message to a user counts the user's sessions, and so does the next`()
    throws
  {
    let harness = RouterHarness()
    let ann = try harness.open("ann")
    _ = try harness.open("bob")
    for sequence in [1, 2] as [UInt64] {
      harness.publish("hello", to: "user:bob", from: ann)
      harness.tick()
      let receipts = try harness.frames(ann).compactMap { frame -> Receipt? in
        guard case .published(let receipts) = frame else { return nil }
        return receipts.first
      }
      #expect(receipts.map(\.sequence) == [sequence])
      #expect(receipts.map(\.recipientsOnline) == [1])
      #expect(receipts.map(\.recipientsTotal) == [1])
    }
  }
}

/// What a loop sends to the owner of a conversation.
private struct Publishing {
  let loop: Int
  let loops: Int

  func owner(of name: String) -> Int {
    let router = Router(
      loop: loop, loops: loops, node: "", limits: Limits(), at: Moment(uptime: 0, unixTime: 0))
    guard let conversation = try? ConversationID(name) else { return -1 }
    return router.owner(of: conversation)
  }

  func batch(of count: Int, to name: String) throws -> [LoopMessage] {
    let id = try ConversationID(name)
    let batch = PublishBatch(loop: loop)
    var codec = FrameCodec(decodingBytes: 0)
    let sender = try UserID("ann")
    let session = SessionID(slot: 0, generation: 1)
    for number in 1...count {
      _ = batch.contents.add(
        PublishOrigin(session: session, publish: UInt64(number), index: 0),
        by: PublishBatch.Author(sender: sender, clientMessageID: ""), at: 0
      ) { buffer in
        codec.encodeDelivery(
          conversation: name, sender: sender.name, publish: ClientFrame.Publish(), into: &buffer)
      }
    }
    return [.publish(batch, to: id)]
  }
}
