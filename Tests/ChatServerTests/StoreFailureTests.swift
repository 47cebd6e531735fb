import ChatCore
import ChatServer
import NIOConcurrencyHelpers
import Testing

/// Stands in for a store whose disk is full for a while; the real one is tested in SQLiteDiskFullTests.
private final class SwitchableStore: MessageStore {
  private let base = InMemoryStore(epoch: 1)
  private let isFull = NIOLockedValueBox(false)

  func setFull(_ full: Bool) { isFull.withLockedValue { $0 = full } }

  func write(
    _ writes: [StoreWrite], answer: @escaping @Sendable (Result<[StoreOutcome], StoreError>) -> Void
  ) {
    if isFull.withLockedValue({ $0 }) { return answer(.failure(StoreError(.full, "no space"))) }
    base.write(writes, answer: answer)
  }

  func read(
    _ queries: [StoreQuery], answer: @escaping @Sendable ([Result<StoreAnswer, StoreError>]) -> Void
  ) {
    base.read(queries, answer: answer)
  }

  func close() async { await base.close() }
}

@Suite struct StoreFailureTests {
  @Test(
    "With a stand-in for a full disk, publishes are refused with a retry hint, all else goes on, and it recovers"
  )
  func fullStore() async throws {
    let store = SwitchableStore()
    try await withServer(store: store) { address, _ in
      let ann = try await RawClient.connect(address, user: "ann")
      let bob = try await RawClient.connect(address, user: "bob")
      for client in [ann, bob] { _ = try await client.join("group:g") }
      _ = try await ann.publish("before", to: "group:g", id: "1")
      store.setFull(true)
      let refusal = await #expect(throws: ChatError.self) {
        try await ann.publish("during", to: "group:g", id: "2")
      }
      #expect(refusal?.code == .unavailable)
      #expect((refusal?.retryAfter ?? 0) > 0)
      guard case .historyPage(let page) = try await bob.request(.history(.init(conversation: "group:g")))
      else {
        Issue.record("no history")
        return
      }
      #expect(page.messages.count == 1)
      _ = try await bob.subscribe("broadcast:news")
      store.setFull(false)
      #expect(try await ann.publish("during", to: "group:g", id: "2").first?.sequence == 2)
      for sequence in UInt64(1)...2 { #expect(try await bob.message().sequence == sequence) }
    }
  }
}
