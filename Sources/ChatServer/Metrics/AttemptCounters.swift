import Synchronization

/// How often something was tried since the start, such as to read the configuration anew. Safe from any thread.
public final class AttemptCounters: Sendable {
  private let succeeded = Atomic<UInt64>(0)
  private let failures = Atomic<UInt64>(0)
  private let last = Atomic<Bool>(true)

  /// Nothing was tried yet; what the start read was good.
  public init() {}

  /// It worked.
  public func countSuccess() {
    succeeded.wrappingAdd(1, ordering: .relaxed)
    last.store(true, ordering: .relaxed)
  }

  /// It did not, and what there was stays.
  public func countFailure() {
    failures.wrappingAdd(1, ordering: .relaxed)
    last.store(false, ordering: .relaxed)
  }

  /// How many worked.
  public var ok: UInt64 { succeeded.load(ordering: .relaxed) }
  /// How many were failures.
  public var failed: UInt64 { failures.load(ordering: .relaxed) }
  /// Whether the last one worked.
  public var lastSucceeded: Bool { last.load(ordering: .relaxed) }
}
