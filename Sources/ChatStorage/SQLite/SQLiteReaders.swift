import ChatCore

/// The threads that read: each takes the next call that waits.
final class SQLiteReaders: Sendable {
  /// What one call of ``MessageStore/read(_:answer:)`` handed over.
  struct Call: Sendable {
    let queries: [StoreQuery]
    let answer: @Sendable ([Result<StoreAnswer, StoreError>]) -> Void

    func fail(_ error: StoreError) { answer(queries.map { _ in .failure(error) }) }
  }

  let queue: WorkQueue<Call>
  private let path: String

  init(path: String, options: SQLiteStore.Options) {
    self.path = path
    queue = WorkQueue(capacity: options.queriesWaiting)
  }

  /// Hands over queries for the next thread that is free, or answers that it cannot.
  func offer(_ call: Call) {
    switch queue.offer(call, weight: max(1, call.queries.count)) {
    case .taken: break
    case .full: call.fail(.tooMuch("queries", of: path, limit: "queriesWaiting"))
    case .closed: call.fail(.closed(path))
    }
  }

  /// Works until the queue is closed and empty.
  func run(_ reader: LogReader) {
    while let calls = queue.take(weight: 1) {
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

extension StoreQuery {
  /// Its answer depends on what was written before.
  var readsTables: Bool {
    if case .space = self { false } else { true }
  }
}

extension StoreError {
  static func closed(_ path: String) -> StoreError {
    StoreError(.closed, "the store \(path) was closed: hand over writes and queries before closing it")
  }

  static func tooMuch(_ what: String, of path: String, limit: String) -> StoreError {
    StoreError(
      .busy,
      "too many \(what) wait for \(path): try again later; the limit is \(limit), and the disk may be slow")
  }
}
