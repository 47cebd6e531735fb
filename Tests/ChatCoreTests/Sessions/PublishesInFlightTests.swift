import Testing

@testable import ChatCore

struct PublishesInFlightTests {
  private func publish(_ addresses: Int, request: UInt64, number: UInt64) -> PendingPublish {
    PendingPublish(
      number: number, requestID: request,
      addresses: addresses == 1
        ? .one("user:bob", conversation: "direct:alice:bob")
        : .several(Array(repeating: Receipt(), count: addresses), undecided: addresses))
  }

  private func placed(_ sequence: UInt64) -> Result<PublishReceipt.Placed, ChatError> {
    .success(PublishReceipt.Placed(sequence: sequence, time: 1, duplicate: false))
  }

  private func receipts(_ decided: DecidedPublish?) -> [Receipt] {
    switch decided?.receipts {
    case .one(let receipt): [receipt]
    case .several(let receipts): receipts
    case nil: []
    }
  }

  @Test func `A publish comes back when all its addresses are decided`() {
    var publishes = PublishesInFlight()
    publishes.add(publish(2, request: 10, number: 1))
    #expect(publishes.decide(1, index: 1, placed(5))?.requestID == nil)
    let decided = publishes.decide(1, index: 0, .failure(ChatError(.unavailable, "later")))
    #expect(decided?.requestID == 10)
    #expect(receipts(decided).map(\.sequence) == [0, 5])
    #expect(receipts(decided).first?.error?.code == .unavailable)
    #expect(publishes.isEmpty)
  }

  @Test func `They may be decided in any order`() {
    var publishes = PublishesInFlight()
    for number in 1...3 as ClosedRange<UInt64> {
      publishes.add(publish(1, request: number * 10, number: number))
    }
    for number in [2, 1, 3] as [UInt64] {
      let decided = publishes.decide(number, index: 0, placed(number))
      #expect(decided?.requestID == number * 10)
      #expect(receipts(decided).map(\.sequence) == [number])
      #expect(receipts(decided).first?.to == "user:bob")
      #expect(receipts(decided).first?.conversation == "direct:alice:bob")
    }
    #expect(publishes.isEmpty)
  }

  @Test func `What is not there, or is decided already, is nothing`() {
    var publishes = PublishesInFlight()
    publishes.add(publish(1, request: 10, number: 4))
    #expect(publishes.decide(3, index: 0, placed(1))?.requestID == nil)
    #expect(publishes.decide(4, index: 1, placed(1))?.requestID == nil)
    #expect(publishes.decide(4, index: 0, placed(1))?.requestID == 10)
    #expect(publishes.decide(4, index: 0, placed(1))?.requestID == nil)
    #expect(publishes.count == 0)
  }
}
