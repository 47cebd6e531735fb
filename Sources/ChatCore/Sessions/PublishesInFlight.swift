import DequeModule

/// Publishes of a session that wait for their commit, the oldest first; mostly that is the one decided next.
struct PublishesInFlight {
  /// Numbers grow.
  private var waiting: Deque<(number: UInt64, publish: PendingPublish)> = []

  var isEmpty: Bool { waiting.isEmpty }
  var count: Int { waiting.count }

  /// - Parameter number: above all before.
  mutating func add(_ publish: PendingPublish, number: UInt64) {
    waiting.append((number, publish))
  }

  /// Notes the fate of one address.
  ///
  /// - Returns: the publish, once all its addresses are decided; nil: not yet, or it is not here. O(1) for the oldest one,
  ///   O(n) for others.
  mutating func decide(
    _ number: UInt64, index: Int, _ result: Result<PublishReceipt.Placed, ChatError>
  ) -> PendingPublish? {
    guard let place = place(of: number), waiting[place].publish.receipts.indices.contains(index) else {
      return nil
    }
    waiting[place].publish.receipts[index].take(result)
    waiting[place].publish.undecided -= 1
    guard waiting[place].publish.undecided <= 0 else { return nil }
    return place == 0 ? waiting.popFirst()?.publish : waiting.remove(at: place).publish
  }

  private func place(of number: UInt64) -> Int? {
    if waiting.first?.number == number { return 0 }
    return waiting.firstIndex { $0.number == number }
  }
}

/// A publish that waits for the fate of its addresses.
struct PendingPublish {
  let requestID: UInt64
  var receipts: ShortList<Receipt>
  var undecided: Int
}

extension Receipt {
  fileprivate mutating func take(_ result: Result<PublishReceipt.Placed, ChatError>) {
    switch result {
    case .success(let placed):
      sequence = placed.sequence
      time = placed.time
      recipientsOnline = placed.recipientsOnline
      recipientsTotal = placed.recipientsTotal
      duplicate = placed.duplicate
    case .failure(let error):
      self.error = error
    }
  }
}
