/// From when on a part of a node is not well. Times are in milliseconds, sizes in bytes.
public struct HealthConfiguration: Sendable, Hashable {
  /// An event loop that has not answered for this long is wedged: it is logged, and `/livez` fails. 100 to
  /// 600,000.
  public var loopDelay: UInt64 = 2_000
  /// With a loop that has not answered for this long the process ends, because nothing else helps; 0: never.
  /// Not below ``loopDelay``.
  public var loopEnd: UInt64 = 15_000
  /// A store that has not answered for this long is not well. 100 to 600,000.
  public var storeDelay: UInt64 = 2_000
  /// With less room than this where the data is, the node is not ready; 0: any room will do.
  public var diskFreeBytes: UInt64 = 64 * 1024 * 1024
  /// With more resident memory than this the node gives back windows, then refuses sessions, then ends; 0: there
  /// is no budget. Three quarters of what the process may have is a good one.
  public var memoryBytes: UInt64 = 0
  /// Over the budget for this long, in spite of windows given back, the node refuses new sessions. Up to 3,600,000.
  public var memoryRefuse: UInt64 = 5_000
  /// Over the budget for this long, in spite of all that, the node drains and the process ends. Not below
  /// ``memoryRefuse``, up to 3,600,000.
  public var memoryEnd: UInt64 = 60_000

  /// The defaults.
  public init() {}

  /// - Throws: what is out of range.
  func check() throws(ServerError) {
    try Self.check("health.loop_delay_ms", loopDelay, in: 100...600_000)
    try Self.check("health.store_delay_ms", storeDelay, in: 100...600_000)
    if loopEnd > 0 { try Self.check("health.loop_end_ms", loopEnd, in: loopDelay...86_400_000) }
    try Self.check("health.memory_refuse_ms", memoryRefuse, in: 0...3_600_000)
    try Self.check("health.memory_end_ms", memoryEnd, in: memoryRefuse...3_600_000)
  }

  private static func check(
    _ name: String, _ value: UInt64, in allowed: ClosedRange<UInt64>
  ) throws(ServerError) {
    guard !allowed.contains(value) else { return }
    throw ServerError(
      .configuration, "\(name) is \(value): \(allowed.lowerBound) to \(allowed.upperBound) are allowed")
  }
}
