import ChatCore
import NIOConcurrencyHelpers

/// A store whose commits wait until they are let go.
final class HoldingStore: MessageStore {
  private let base = InMemoryStore(epoch: 1)
  private let held = NIOLockedValueBox<[@Sendable () -> Void]>([])

  var holds: Int { held.withLockedValue { $0.count } }

  func release() {
    let writes = held.withLockedValue { held in
      defer { held = [] }
      return held
    }
    for write in writes { write() }
  }

  func write(
    _ writes: [StoreWrite], answer: @escaping @Sendable (Result<[StoreOutcome], StoreError>) -> Void
  ) {
    held.withLockedValue { $0.append { [base] in base.write(writes, answer: answer) } }
  }

  func read(
    _ queries: [StoreQuery], answer: @escaping @Sendable ([Result<StoreAnswer, StoreError>]) -> Void
  ) {
    guard case .conversation? = queries.first else { return base.read(queries, answer: answer) }
    // Slow enough that what does not wait for it comes before.
    Task { [base] in
      try? await Task.sleep(for: .milliseconds(300))
      base.read(queries, answer: answer)
    }
  }

  func close() async { await base.close() }
}
