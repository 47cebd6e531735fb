/// Durable logs, memberships and marks.
///
/// A store is used from many event loops at once. It may answer on any thread, and answers each call exactly
/// once. Writes take effect in the order in which they were handed over, each wholly or not at all.
public protocol MessageStore: Sendable {
  /// Hands over writes and returns at once.
  ///
  /// The store commits everything that waits when it becomes free in one transaction and then answers. An
  /// outcome means that the write is on stable storage. A failure means that the caller cannot know: it
  /// retries, and client message ids keep a message from being stored twice.
  ///
  /// - Parameters:
  ///   - writes: what is to be stored, in the order in which it takes effect.
  ///   - answer: called once with as many outcomes as there were writes, in order.
  func write(
    _ writes: [StoreWrite],
    answer: @escaping @Sendable (Result<[StoreOutcome], StoreError>) -> Void)

  /// Reads what is committed, and returns at once. Calls may overtake one another.
  ///
  /// - Parameters:
  ///   - queries: what is to be read, each by itself.
  ///   - answer: called once with as many answers as there were queries, in order.
  func read(
    _ queries: [StoreQuery],
    answer: @escaping @Sendable ([Result<StoreAnswer, StoreError>]) -> Void)

  /// Commits what waits, answers it, and gives up all resources. Later calls are answered with
  /// ``StoreError/Code/closed``.
  func close() async

  /// What the store tells of itself for metrics; may be asked from any thread, and must not block.
  var report: StoreReport { get }
}

extension MessageStore {
  /// Nothing to tell.
  public var report: StoreReport { StoreReport() }

  /// Reads what is committed, and returns at once.
  public func read(
    _ query: StoreQuery, answer: @escaping @Sendable (Result<StoreAnswer, StoreError>) -> Void
  ) {
    read([query]) { results in
      answer(results.first ?? .failure(StoreError(.io, "the store answered nothing")))
    }
  }
}
