import NIOConcurrencyHelpers

/// Keeps the loops running while somebody waits for their answer: a loop that has ended gives none.
final class CallGate: Sendable {
  private struct State {
    var inside = 0
    var isShut = false
    var shutting: CheckedContinuation<Void, Never>?
  }

  // Thread Sanitizer does not understand the standard library's Mutex.
  private let state = NIOLockedValueBox(State())

  /// - Returns: false if the gate is shut. Else ``leave()`` has to follow.
  func enter() -> Bool {
    state.withLockedValue { state in
      if !state.isShut { state.inside += 1 }
      return !state.isShut
    }
  }

  func leave() {
    let shutting: CheckedContinuation<Void, Never>? = state.withLockedValue { state in
      state.inside -= 1
      guard state.inside == 0 else { return nil }
      return state.shutting.take()
    }
    shutting?.resume()
  }

  /// ``shut()`` waits no longer for those that are inside.
  func giveUp() {
    let shutting = state.withLockedValue { $0.shutting.take() }
    shutting?.resume()
  }

  /// Lets nobody in any more, and returns when all have left. Once.
  func shut() async {
    await withCheckedContinuation { continuation in
      let isEmpty = state.withLockedValue { state in
        state.isShut = true
        if state.inside > 0 { state.shutting = continuation }
        return state.inside == 0
      }
      if isEmpty { continuation.resume() }
    }
  }
}
