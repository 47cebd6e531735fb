import ChatCore

/// A store with latency, failures, and crashes that lose what was not committed.
final class SimulatedStore {
  private(set) var contents = StoreContents(epoch: 77)
  private let world: Simulation
  /// Counts crashes: what was handed over before the last one is lost or applied without an answer.
  private var life = 0
  /// What a faulty store has answered but not kept yet.
  private var speculative: StoreContents?
  private var writesAtWork = 0

  init(world: Simulation) { self.world = world }

  func crash() {
    life += 1
    speculative = nil
    writesAtWork = 0
  }

  func retain(_ conversation: ConversationID, from sequence: UInt64) {
    contents.deleteMessages(in: conversation, through: sequence - 1)
  }

  func messages(_ conversation: ConversationID, after sequence: UInt64 = 0) -> (LogState, [Message]) {
    let query = PageQuery(conversation: conversation, bound: .after(sequence), messages: .max, bytes: .max)
    guard case .page(let page) = contents.answer(.page(query)), let messages = try? page.messages() else {
      return (LogState(epoch: 0, firstSequence: 0, lastSequence: 0, members: 0), [])
    }
    return (page.log, messages)
  }

  func write(_ writes: [StoreWrite], answer: @escaping (Result<[StoreOutcome], StoreError>) -> Void) {
    let life = self.life
    let writes = world.fault == .duplicateAccepted ? writes.map(\.withoutIDs) : writes
    let delay = 1 + world.random.below(30)
    if world.fault == .acknowledgedBeforeCommit {
      var copy = speculative ?? contents
      let outcomes = copy.apply(writes)
      speculative = copy
      writesAtWork += 1
      world.time.after(1) { if life == self.life { answer(.success(outcomes)) } }
      world.time.after(200) { [self] in
        guard life == self.life else { return }
        _ = contents.apply(writes)
        writesAtWork -= 1
        if writesAtWork == 0 { speculative = nil }
      }
      return
    }
    let failure = world.isCalm ? 100 : world.random.below(100)
    world.time.after(delay) { [self] in
      let survives = life == self.life
      // A crash may come before or after the commit; both are met by a dead caller.
      if !survives, world.random.chance(1, in: 2) { return }
      switch failure {
      case 0..<3: answer(.failure(StoreError(.full, "simulated")))
      case 3..<6:
        _ = contents.apply(writes)
        if survives { answer(.failure(StoreError(.io, "simulated, but committed"))) }
      default:
        let outcomes = contents.apply(writes)
        if survives { answer(.success(outcomes)) }
      }
    }
  }

  func read(_ query: StoreQuery, answer: @escaping (Result<StoreAnswer, StoreError>) -> Void) {
    let life = self.life
    var query = query
    if world.fault == .offByOneAtWindowEdge, case .page(let page) = query,
      case .after(let sequence) = page.bound,
      sequence > 0
    {
      query = .page(
        PageQuery(
          conversation: page.conversation, bound: .after(sequence + 1), messages: page.messages,
          bytes: page.bytes))
    }
    let fails = !world.isCalm && world.random.chance(3, in: 100)
    world.time.after(world.random.below(10)) { [self] in
      guard life == self.life else { return }
      answer(
        fails ? .failure(StoreError(.io, "simulated")) : .success((speculative ?? contents).answer(query)))
    }
  }
}

extension StoreWrite {
  fileprivate var withoutIDs: StoreWrite {
    guard case .append(let conversation, let messages) = self else { return self }
    return .append(conversation: conversation, messages: messages.map { $0.identified(by: "") })
  }
}
