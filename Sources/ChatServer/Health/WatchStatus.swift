import NIOConcurrencyHelpers

/// What the watchdog has found, for whoever asks how the node is.
final class WatchStatus: Sendable {
  private struct State {
    var stalls: UInt64 = 0
    var memory = MemoryWatch.Stage.well
  }

  // Thread Sanitizer does not understand the standard library's Mutex.
  private let state = NIOLockedValueBox(State())

  func noteStall() { state.withLockedValue { $0.stalls &+= 1 } }

  func note(_ memory: MemoryWatch.Stage) { state.withLockedValue { $0.memory = memory } }

  /// How often a loop was found wedged.
  var stalls: UInt64 { state.withLockedValue { $0.stalls } }

  var memory: MemoryWatch.Stage { state.withLockedValue { $0.memory } }
}
