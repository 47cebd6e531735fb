public import ChatCore

/// Keeps brokers away from a store while its files are changed. Given up with the last reference.
public final class StoreLock: Sendable {
  private let lock: FileLock

  /// - Throws: ``StoreError/Code/locked`` if a broker uses the store.
  public init(store: String) throws(StoreError) {
    lock = try FileLock(store: store)
  }
}
