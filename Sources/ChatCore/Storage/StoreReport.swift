/// What a store tells of itself for metrics.
public struct StoreReport: Sendable {
  /// Messages in each transaction that stored some.
  public var batches = CountHistogram()

  /// Nothing to tell.
  public init() {}
}

/// The room that a store has.
public struct StoreSpace: Hashable, Sendable {
  /// Bytes that can still be written where the data is; `nil`: the store does not know.
  public var freeBytes: UInt64?

  /// Makes a value.
  public init(freeBytes: UInt64?) { self.freeBytes = freeBytes }
}
