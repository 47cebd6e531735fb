import Testing

@testable import crash_check

@Suite struct DeliveryCheckerTests {
  private let log = "group:one"

  private func violations(_ events: [DeliveryEvent]) -> [Violation] {
    var checker = DeliveryChecker()
    for event in events { checker.record(event) }
    return checker.violations()
  }

  private func stored(_ bodies: (UInt64, String)...) -> [DeliveryEvent] {
    bodies.map { .stored(conversation: log, sequence: $0.0, body: $0.1) }
  }

  private func seen(_ bodies: (UInt64, String)...) -> [DeliveryEvent] {
    bodies.map { .seen(subscriber: "s1", conversation: log, sequence: $0.0, body: $0.1) }
  }

  private func acknowledged(_ counter: Int, _ sequence: UInt64) -> DeliveryEvent {
    .acknowledged(publisher: "p1", counter: counter, conversation: log, sequence: sequence)
  }

  @Test func `Accepts a run in which all was kept`() {
    #expect(
      violations(
        [acknowledged(1, 1), acknowledged(2, 3)] + seen((1, "p1:1"), (2, "p2:1"), (3, "p1:2"))
          + stored((1, "p1:1"), (2, "p2:1"), (3, "p1:2"))) == [])
  }

  @Test func `Accepts a message that was stored without an acknowledgement`() {
    #expect(violations(stored((1, "p1:1"))) == [])
  }

  @Test func `Keeps conversations apart`() {
    let other = DeliveryEvent.stored(conversation: "group:two", sequence: 1, body: "p1:1")
    #expect(violations(stored((1, "p1:1")) + [acknowledged(1, 1), other]) == [])
  }

  @Test func `Finds an acknowledged message that history does not have`() {
    #expect(
      violations([acknowledged(1, 1)]) == [.lost(body: "p1:1", conversation: log, sequence: 1)])
  }

  @Test func `Finds an acknowledged message at another sequence`() {
    #expect(
      violations([acknowledged(1, 2)] + stored((1, "p1:1")))
        == [.moved(body: "p1:1", conversation: log, acknowledged: 2, stored: 1)])
  }

  @Test func `Finds two acknowledgements that differ`() {
    #expect(
      violations([acknowledged(1, 1), acknowledged(1, 2)] + stored((1, "p1:1")))
        .contains(.acknowledgedTwice(body: "p1:1", conversation: log, first: 1, second: 2)))
  }

  @Test func `Finds a message that is stored twice`() {
    #expect(
      violations(stored((1, "p1:1"), (2, "p1:1")))
        == [.storedTwice(body: "p1:1", conversation: log, first: 1, second: 2)])
  }

  @Test func `Finds a message that nobody published`() {
    #expect(
      violations(stored((1, "noise"))) == [.foreign(body: "noise", conversation: log, sequence: 1)])
  }

  @Test func `Finds holes in history, also at its start`() {
    #expect(
      violations(stored((3, "p1:1"), (5, "p1:2")))
        == [.hole(conversation: log, from: 1, to: 2), .hole(conversation: log, from: 4, to: 4)])
  }

  @Test func `Finds history that is out of order`() {
    #expect(
      violations(stored((1, "p1:1"), (1, "p1:2")))
        == [.unordered(conversation: log, sequence: 1, after: 1)])
  }

  @Test func `Finds messages of a publisher that changed places`() {
    #expect(
      violations(stored((1, "p1:2"), (2, "p1:1")))
        == [.publisherOrder(publisher: "p1", conversation: log, counter: 1, after: 2)])
  }

  @Test func `Finds what a subscriber was not given: in the middle, and at the end`() {
    #expect(
      violations(seen((1, "p1:1"), (3, "p1:3")) + stored((1, "p1:1"), (2, "p1:2"), (3, "p1:3"), (4, "p1:4")))
        == [
          .skipped(subscriber: "s1", conversation: log, from: 2, to: 2),
          .skipped(subscriber: "s1", conversation: log, from: 4, to: 4),
        ])
  }

  @Test func `Finds a subscriber that was given nothing at all`() {
    #expect(
      violations([.following(subscriber: "s1", conversation: log)] + stored((1, "p1:1")))
        == [.skipped(subscriber: "s1", conversation: log, from: 1, to: 1)])
  }

  @Test func `Finds what a subscriber was given twice`() {
    #expect(
      violations(seen((1, "p1:1"), (1, "p1:1")) + stored((1, "p1:1")))
        == [.repeated(subscriber: "s1", conversation: log, sequence: 1, after: 1)])
  }

  @Test func `Finds a subscriber that was given another message`() {
    #expect(
      violations(seen((1, "p1:2")) + stored((1, "p1:1")))
        == [
          .different(subscriber: "s1", conversation: log, sequence: 1, seen: "p1:2", stored: "p1:1")
        ])
  }

  @Test func `Finds a message that was delivered and then lost`() {
    #expect(
      violations(seen((1, "p1:1")))
        == [.different(subscriber: "s1", conversation: log, sequence: 1, seen: "p1:1", stored: nil)])
  }

  @Test func `Finds a gap, because nothing was ever deleted`() {
    #expect(
      violations([.gap(subscriber: "s1", conversation: log, from: 1, to: 2)])
        == [.gap(subscriber: "s1", conversation: log, from: 1, to: 2)])
  }

  @Test(arguments: ["", ":1", "p1", "p1:", "p1:x", "p1:0", "p1:-1"])
  func `Takes no other text for a publisher's`(text: String) {
    #expect(MessageBody(text) == nil)
  }
}
