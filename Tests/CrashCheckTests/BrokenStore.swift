import ChatCore
import Synchronization

/// A store in memory that can be crashed, and that breaks one promise of ``MessageStore`` on purpose.
///
/// Writes wait until ``commit()``. ``crash(losing:)`` is what happens to a store when its process is killed.
final class BrokenStore: MessageStore {
  /// The broken promise.
  enum Fault: Hashable, Sendable, CaseIterable {
    /// A crash takes the last committed writes with it.
    case forgetsOnCrash
    /// Answers a write before it is committed.
    case answersBeforeCommit
    /// Does not know client message ids.
    case storesRetriesTwice
    /// Leaves out sequences.
    case skipsSequences
    /// Stores the messages of one append the other way round than it says.
    case swapsOrder
  }

  private struct Waiting {
    let writes: [StoreWrite]
    let answer: @Sendable (Result<[StoreOutcome], StoreError>) -> Void
  }

  private struct State {
    var contents = StoreContents(epoch: 1)
    var waiting: [Waiting] = []
    /// As it was before the last commit.
    var beforeLastCommit = StoreContents(epoch: 1)
  }

  private static let died = StoreError(.io, "the process was killed: retry with the same client message id")

  /// `nil`: keeps all promises.
  let fault: Fault?
  private let state = Mutex(State())

  init(fault: Fault?) {
    self.fault = fault
  }

  func write(
    _ writes: [StoreWrite],
    answer: @escaping @Sendable (Result<[StoreOutcome], StoreError>) -> Void
  ) {
    let writes = writes.map(spoil)
    let early: [StoreOutcome]? = state.withLock { state in
      guard fault == .answersBeforeCommit else {
        state.waiting.append(Waiting(writes: writes, answer: answer))
        return nil
      }
      // What the outcomes will be if all goes well.
      var hoped = state.contents
      for waiting in state.waiting { _ = hoped.apply(waiting.writes) }
      state.waiting.append(Waiting(writes: writes, answer: { _ in }))
      return hoped.apply(writes)
    }
    if let early { answer(.success(early)) }
  }

  func read(
    _ queries: [StoreQuery],
    answer: @escaping @Sendable ([Result<StoreAnswer, StoreError>]) -> Void
  ) {
    answer(state.withLock { state in queries.map { .success(state.contents.answer($0)) } })
  }

  func close() async {
    commit()
  }

  /// Commits what waits, and answers it.
  func commit() {
    let answers = state.withLock { state in
      state.beforeLastCommit = state.contents
      defer { state.waiting = [] }
      return state.waiting.map { ($0.answer, state.contents.apply($0.writes)) }
    }
    for (answer, outcomes) in answers { answer(.success(outcomes.map(present))) }
  }

  /// Forgets what is not committed. Writes that wait were lost, or were just committed but not yet answered.
  func crash(losingWaitingWrites: Bool) {
    let answers = state.withLock { state in
      if fault == .forgetsOnCrash { state.contents = state.beforeLastCommit }
      if !losingWaitingWrites {
        for waiting in state.waiting { _ = state.contents.apply(waiting.writes) }
      }
      state.beforeLastCommit = state.contents
      defer { state.waiting = [] }
      return state.waiting.map(\.answer)
    }
    for answer in answers { answer(.failure(Self.died)) }
  }

  // MARK: Faults

  private func spoil(_ write: StoreWrite) -> StoreWrite {
    guard case .append(let conversation, var messages) = write else { return write }
    switch fault {
    case .storesRetriesTwice:
      messages = messages.map { $0.identified(by: "") }
    case .swapsOrder:
      messages.reverse()
    default:
      break
    }
    return .append(conversation: conversation, messages: messages)
  }

  private func present(_ outcome: StoreOutcome) -> StoreOutcome {
    guard fault == .skipsSequences, case .appended(var append) = outcome else { return outcome }
    append.places = append.places.map { place in
      switch place {
      case .stored(let sequence): .stored(sequence: Self.withHoles(sequence))
      case .duplicate(let sequence, let time): .duplicate(sequence: Self.withHoles(sequence), time: time)
      }
    }
    return .appended(append)
  }

  /// A page's messages as this store shows them.
  func present(_ messages: [Message]) -> [Message] {
    guard fault == .skipsSequences else { return messages }
    return messages.map {
      var message = $0
      message.sequence = Self.withHoles(message.sequence)
      return message
    }
  }

  /// 1 … 9, 11 … 19, 21 …
  private static func withHoles(_ sequence: UInt64) -> UInt64 { sequence + (sequence - 1) / 9 }
}
