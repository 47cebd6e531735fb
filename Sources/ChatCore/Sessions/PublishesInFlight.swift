import DequeModule

/// Publishes of a session that wait for their commit, the oldest first; mostly that is the one decided next.
struct PublishesInFlight {
  private var waiting: Deque<PendingPublish> = []

  var isEmpty: Bool { waiting.isEmpty }
  var count: Int { waiting.count }

  mutating func add(_ publish: consuming PendingPublish) { waiting.append(publish) }

  /// Notes the fate of one address.
  ///
  /// - Returns: the publish, once all its addresses are decided; nil: not yet, or it is not here. O(1) for the oldest one,
  ///   O(n) for others.
  mutating func decide(
    _ number: UInt64, index: Int, _ result: Result<PublishReceipt.Placed, ChatError>
  ) -> PendingPublish? {
    for place in waiting.indices {
      // In place, because a copy of what waits costs more than all else here.
      switch waiting[place].decide(number, index: index, result) {
      case .isAnother: continue
      case .undecided: return nil
      case .decided: return place == 0 ? waiting.removeFirst() : waiting.remove(at: place)
      }
    }
    return nil
  }
}

/// A publish that waits for the fate of its addresses.
struct PendingPublish {
  fileprivate enum Decision {
    case isAnother
    case undecided
    case decided
  }

  /// Of the session's publishes that want an answer.
  let number: UInt64
  let requestID: UInt64
  var receipts: ShortList<Receipt>
  var undecided: Int

  fileprivate mutating func decide(
    _ number: UInt64, index: Int, _ result: Result<PublishReceipt.Placed, ChatError>
  ) -> Decision {
    guard number == self.number else { return .isAnother }
    guard receipts.indices.contains(index) else { return .undecided }
    receipts.update(index) { $0.take(result) }
    undecided -= 1
    return undecided <= 0 ? .decided : .undecided
  }
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
