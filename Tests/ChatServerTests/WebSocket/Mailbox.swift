import NIOConcurrencyHelpers

/// What has come and nobody has taken, in order. For one taker at a time.
final class Mailbox<Element: Sendable>: Sendable {
  private struct State {
    var elements: [Element] = []
    var taker: CheckedContinuation<Element, any Error>?
    var isClosed = false
  }

  // Thread Sanitizer does not understand the standard library's Mutex.
  private let state = NIOLockedValueBox(State())

  var isEmpty: Bool { state.withLockedValue { $0.elements.isEmpty } }

  /// The next one; throws when no more will come.
  func take() async throws -> Element {
    try await withCheckedThrowingContinuation { continuation in
      let result: Result<Element, any Error>? = state.withLockedValue { state in
        if !state.elements.isEmpty { return .success(state.elements.removeFirst()) }
        if state.isClosed { return .failure(RawClient.Closed()) }
        state.taker = continuation
        return nil
      }
      if let result { continuation.resume(with: result) }
    }
  }

  func put(_ element: Element) {
    let taker = state.withLockedValue { state in
      guard let taker = state.taker else {
        state.elements.append(element)
        return nil as CheckedContinuation<Element, any Error>?
      }
      state.taker = nil
      return taker
    }
    taker?.resume(returning: element)
  }

  func close() {
    let taker = state.withLockedValue { state in
      state.isClosed = true
      defer { state.taker = nil }
      return state.taker
    }
    taker?.resume(throwing: RawClient.Closed())
  }
}
