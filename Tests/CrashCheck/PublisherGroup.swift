import ChatClient

/// The publishers of a run.
struct PublisherGroup: Sendable {
  let clients: [ChatClient]
  let tasks: [Task<Void, Never>]
  let stop: StopFlag

  /// Lets each publisher end with the message at hand, and closes its session.
  func finish(within limit: Duration) async throws {
    stop.set()
    let finished = await withTaskGroup(of: Bool.self) { group in
      group.addTask {
        for task in tasks { await task.value }
        return true
      }
      group.addTask {
        do { try await Task.sleep(for: limit) } catch { return true }
        // A publish that never ends would keep the group waiting.
        for task in tasks { task.cancel() }
        for client in clients { await client.close() }
        return false
      }
      let first = await group.next() ?? false
      group.cancelAll()
      return first
    }
    guard finished else {
      throw RunError(
        "a publish was neither acknowledged nor refused within \(limit): the client waits for ever")
    }
    for client in clients { await client.close() }
  }
}
