import ChatCore
import Testing

/// Docs/decisions/0020-appends-wait-for-those-just-answered.md, on a real event loop.
@Suite(.timeLimit(.minutes(1))) struct GatheringTests {
  @Test func `What waits for answers is stored soon, also if nothing comes any more`() async throws {
    let store = HoldingStore()
    try await withServer(store: store, loops: 1) { address, _ in
      let ann = try await RawClient.connect(address, user: "ann")
      let bob = try await RawClient.connect(address, user: "bob")
      try await publish("1", from: ann)
      let isHeld = try await eventually { store.holds == 1 }
      #expect(isHeld)
      try await publish("2", from: bob)
      // With its answer the publish before it is with the loop.
      _ = try await bob.request(.ping)
      #expect(store.holds == 1)
      store.release()
      let isHeldToo = try await eventually { store.holds == 1 }
      #expect(isHeldToo)
      store.release()
      for client in [ann, bob] { _ = try await client.frame { $0.requestID == request } }
    }
  }

  private let request: UInt64 = 1_000

  /// Does not wait for the receipt.
  private func publish(_ text: String, from client: RawClient) async throws {
    var publish = ClientFrame.Publish()
    publish.to = ["broadcast:b"]
    publish.body = Payload(Array(text.utf8))
    try await client.send(.publish(publish), request: request)
  }
}
