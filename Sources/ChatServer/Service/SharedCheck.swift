import NIOConcurrencyHelpers

/// A check that many may ask for, and that is made no more often than its cost is worth.
final class SharedCheck: Sendable {
  private struct State {
    var begunAt: ContinuousClock.Instant?
    var task: Task<BrokerHealth.Check, Never>?
  }

  private let state = NIOLockedValueBox(State())

  /// The result of the check that was begun within the interval, else of a new one.
  func result(
    atMostEvery interval: Duration, _ check: @escaping @Sendable () async -> BrokerHealth.Check
  ) async -> BrokerHealth.Check {
    let task = state.withLockedValue { state in
      let now = ContinuousClock.now
      if let task = state.task, let begunAt = state.begunAt, now - begunAt < interval { return task }
      let task = Task { await check() }
      state = State(begunAt: now, task: task)
      return task
    }
    return await task.value
  }
}
