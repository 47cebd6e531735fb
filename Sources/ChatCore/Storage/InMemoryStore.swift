import Synchronization

/// A store that forgets everything when the process ends: for tests and for trying things out.
///
/// It breaks the promise that an acknowledged message is on stable storage. It grows without bound, and
/// answers before the call returns.
public final class InMemoryStore: MessageStore, Sendable {
  private struct State {
    var contents: StoreContents
    var isClosed = false
    var report = StoreReport()
  }

  private static let closed = StoreError(
    .closed, "the store was closed: hand over writes and queries before closing it")

  private let state: Mutex<State>

  /// An empty store.
  ///
  /// - Parameter epoch: the identity of the logs that will be made; above 0.
  public init(epoch: UInt64 = 1) {
    state = Mutex(State(contents: StoreContents(epoch: epoch)))
  }

  /// Makes the changes and answers, both before it returns.
  public func write(
    _ writes: [StoreWrite],
    answer: @escaping @Sendable (Result<[StoreOutcome], StoreError>) -> Void
  ) {
    answer(
      state.withLock { state in
        guard !state.isClosed else { return .failure(Self.closed) }
        let outcomes = state.contents.apply(writes)
        let stored = outcomes.reduce(0) { $0 + $1.storedMessages }
        if stored > 0 { state.report.batches.record(stored) }
        return .success(outcomes)
      })
  }

  /// Answers before it returns.
  public func read(
    _ queries: [StoreQuery],
    answer: @escaping @Sendable ([Result<StoreAnswer, StoreError>]) -> Void
  ) {
    answer(
      state.withLock { state in
        queries.map { state.isClosed ? .failure(Self.closed) : .success(state.contents.answer($0)) }
      })
  }

  /// Each call of ``write(_:answer:)`` is a transaction.
  public var report: StoreReport { state.withLock { $0.report } }

  /// Forgets messages as retention does.
  public func deleteMessages(in conversation: ConversationID, through sequence: UInt64) {
    state.withLock { $0.contents.deleteMessages(in: conversation, through: sequence) }
  }

  /// Refuses later calls.
  public func close() async {
    state.withLock { $0.isClosed = true }
  }
}
