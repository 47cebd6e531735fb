import DequeModule

/// Publishes of a session that wait for their commit, the oldest first; mostly that is the one decided next.
struct PublishesInFlight {
  private var waiting: Deque<PendingPublish> = []

  var isEmpty: Bool { waiting.isEmpty }
  var count: Int { waiting.count }

  mutating func add(_ publish: PendingPublish) { waiting.append(publish) }

  /// Notes the fate of one address.
  ///
  /// - Returns: the publish, once all its addresses are decided; nil: not yet, or it is not here. O(1) for the oldest one,
  ///   O(n) for others.
  mutating func decide(
    _ number: UInt64, index: Int, _ result: Result<PublishReceipt.Placed, ChatError>
  ) -> DecidedPublish? {
    for place in waiting.indices {
      switch waiting[place].decide(number, index: index, result) {
      case .isAnother: continue
      case .undecided: return nil
      case .decided:
        let publish = place == 0 ? waiting.removeFirst() : waiting.remove(at: place)
        return DecidedPublish(publish, result)
      }
    }
    return nil
  }
}

/// A publish that waits for the fate of its addresses.
struct PendingPublish {
  enum Addresses {
    /// Mostly; it takes little room, because one waits in each session that publishes.
    case one(String, conversation: String)
    /// With the receipts as far as they are known.
    case several([Receipt], undecided: Int)
  }

  fileprivate enum Decision {
    case isAnother
    case undecided
    case decided
  }

  /// Of the session's publishes that want an answer.
  let number: UInt64
  let requestID: UInt64
  var addresses: Addresses

  fileprivate mutating func decide(
    _ number: UInt64, index: Int, _ result: Result<PublishReceipt.Placed, ChatError>
  ) -> Decision {
    guard number == self.number else { return .isAnother }
    switch addresses {
    case .one: return index == 0 ? .decided : .undecided
    case .several(var receipts, let undecided):
      guard receipts.indices.contains(index) else { return .undecided }
      // So that the list has one owner, and changes in place.
      addresses = .several([], undecided: 0)
      receipts[index].take(result)
      addresses = .several(receipts, undecided: undecided - 1)
      return undecided <= 1 ? .decided : .undecided
    }
  }
}

/// A publish that can be answered.
struct DecidedPublish {
  enum Receipts {
    case one(Receipt)
    case several([Receipt])
  }

  let requestID: UInt64
  let receipts: Receipts
}

extension DecidedPublish {
  /// - Parameter result: what became of the address that was decided last.
  fileprivate init(_ publish: PendingPublish, _ result: Result<PublishReceipt.Placed, ChatError>) {
    requestID = publish.requestID
    switch publish.addresses {
    case .one(let to, let conversation): receipts = .one(Receipt(to: to, conversation: conversation, result))
    case .several(let all, _): receipts = .several(all)
    }
  }
}

extension Receipt {
  init(to: String, conversation: String = "") {
    self.init()
    self.to = to
    self.conversation = conversation
  }

  fileprivate init(to: String, conversation: String, _ result: Result<PublishReceipt.Placed, ChatError>) {
    self.init(to: to, conversation: conversation)
    take(result)
  }

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
