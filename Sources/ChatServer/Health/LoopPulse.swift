import Synchronization

/// How often an event loop has turned, for the watchdog, which cannot ask a loop that hangs.
final class LoopPulse: Sendable {
  private let count = Atomic<UInt64>(0)

  /// The loop's tick has come.
  func beat() { count.wrappingAdd(1, ordering: .relaxed) }

  var beats: UInt64 { count.load(ordering: .relaxed) }
}
