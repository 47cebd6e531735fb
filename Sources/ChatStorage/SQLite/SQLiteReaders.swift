import ChatCore

/// The threads that read: each takes the next call that waits.
final class SQLiteReaders: Sendable {
  /// What one call of ``MessageStore/read(_:answer:)`` handed over.
  struct Call: Sendable {
    let queries: [StoreQuery]
    let answer: @Sendable ([Result<StoreAnswer, StoreError>]) -> Void
  }

  let queue: WorkQueue<Call>
  private let path: String

  init(path: String, options: SQLiteStore.Options) {
    self.path = path
    queue = WorkQueue(capacity: options.queriesWaiting)
  }

  /// Works until the queue is closed and empty.
  func run(_ reader: LogReader) {
    while true {
      let calls = queue.take(weight: 1)
      if calls.isEmpty { return }
      for call in calls { call.answer(call.queries.map { answer($0, reader) }) }
    }
  }

  private func answer(_ query: StoreQuery, _ reader: LogReader) -> Result<StoreAnswer, StoreError> {
    do {
      return .success(try reader.answer(query))
    } catch {
      return .failure(error.storeError(path: path))
    }
  }
}
