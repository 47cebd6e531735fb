import Synchronization

/// How often the configuration was read anew since the start. Safe from any thread.
public final class ReloadCounters: Sendable {
  private let succeeded = Atomic<UInt64>(0)
  private let refused = Atomic<UInt64>(0)
  private let last = Atomic<Bool>(true)

  /// Nothing was read anew yet; what the start read was good.
  public init() {}

  /// The new configuration was taken.
  public func countSuccess() {
    succeeded.wrappingAdd(1, ordering: .relaxed)
    last.store(true, ordering: .relaxed)
  }

  /// The new configuration was refused, and the old one stays.
  public func countFailure() {
    refused.wrappingAdd(1, ordering: .relaxed)
    last.store(false, ordering: .relaxed)
  }

  /// How many were taken.
  public var ok: UInt64 { succeeded.load(ordering: .relaxed) }
  /// How many were refused.
  public var failed: UInt64 { refused.load(ordering: .relaxed) }
  /// Whether what was read last is what the server runs with.
  public var lastSucceeded: Bool { last.load(ordering: .relaxed) }
}
