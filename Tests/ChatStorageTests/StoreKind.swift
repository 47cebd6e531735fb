import ChatCore
import ChatStorage

/// The stores that must all behave the same.
enum StoreKind: CaseIterable, Sendable {
  case memory
  case sqlite

  /// Runs `body` with an empty store, and closes it.
  func withStore(_ body: (any MessageStore, _ epoch: UInt64) async throws -> Void) async throws {
    let directory = try TemporaryDirectory()
    defer { withExtendedLifetime(directory) {} }
    switch self {
    case .memory:
      let store = InMemoryStore(epoch: 7)
      try await body(store, 7)
      await store.close()
    case .sqlite:
      let store = try SQLiteStore(path: directory.store)
      do {
        try await body(store, store.epoch)
      } catch {
        await store.close()
        throw error
      }
      await store.close()
    }
  }
}
