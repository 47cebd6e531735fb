import ChatCore
import ChatServer
import Testing

@Suite(.timeLimit(.minutes(1))) struct RetentionTests {
  private let name = "broadcast:live/a"

  private func withServer(
    store: any MessageStore = InMemoryStore(epoch: 1),
    _ configure: @escaping (inout ServerConfiguration) -> Void = { _ in },
    _ body: (RawClient, RawClient) async throws -> Void
  ) async throws {
    try await ChatServerTests.withServer(
      store: store,
      configure: {
        $0.retention.none = ["broadcast:live/"]
        configure(&$0)
      }
    ) { address, _ in
      try await body(
        try await RawClient.connect(address, user: "ann"), try await RawClient.connect(address, user: "bob"))
    }
  }

  @Test("What is not stored is delivered in order, counted from 1, and never reaches the store")
  func live() async throws {
    let store = InMemoryStore(epoch: 1)
    try await withServer(store: store) { ann, bob in
      let state = try await bob.subscribe(name)
      for number in 1...UInt64(20) {
        let receipt = try #require(try await ann.publish("\(number)", to: name, id: "same").first)
        #expect(receipt.sequence == number)
        #expect(receipt.recipientsOnline == 1)
        #expect(try await bob.message().sequence == number)
      }
      #expect(state.epoch != 1, "the log must not be taken for one of the store's")
      let conversation = try ConversationID(name)
      let stored = await withCheckedContinuation { (continuation: CheckedContinuation<StoreAnswer?, Never>) in
        store.read(.log(conversation)) { continuation.resume(returning: try? $0.get()) }
      }
      #expect(stored == .log(LogState(epoch: 1, firstSequence: 0, lastSequence: 0, members: 0)))
    }
  }

  @Test("Other conversations are stored as ever")
  func others() async throws {
    try await withServer { ann, _ in
      _ = try await ann.publish("kept", to: "broadcast:lives", id: "1")
      let again = try #require(try await ann.publish("kept", to: "broadcast:lives", id: "1").first)
      #expect(again.duplicate)
    }
  }

  @Test("A session resumes within the window, and is told what has left it")
  func resume() async throws {
    try await withServer {
      $0.limits.windowBytes = 2_000
    } _: { ann, bob in
      let state = try await bob.subscribe(name)
      for _ in 1...10 { _ = try await ann.publish(String(repeating: "x", count: 500), to: name) }
      for sequence in 1...UInt64(10) { #expect(try await bob.message().sequence == sequence) }

      let near = Position(conversation: "", epoch: state.epoch, sequence: 9)
      _ = try await bob.subscribe(name, after: near)
      #expect(try await bob.message().sequence == 10)

      let far = Position(conversation: "", epoch: state.epoch, sequence: 2)
      _ = try await bob.subscribe(name, after: far)
      let frame = try await bob.frame { if case .gap = $0.body { true } else { false } }
      guard case .gap(let gap) = frame.body else { return }
      #expect(gap.from == 3 && gap.to > 3 && gap.to < 10)
      #expect(gap.reason == .notKept && gap.epoch == state.epoch)
      for sequence in (gap.to + 1)...10 { #expect(try await bob.message().sequence == sequence) }
    }
  }

  @Test("After a restart a session is told that the log is another one")
  func restart() async throws {
    var position = Position(conversation: name, epoch: 0, sequence: 1)
    try await withServer { ann, bob in
      position.epoch = try await bob.subscribe(name).epoch
      _ = try await ann.publish("1", to: name)
    }
    try await withServer { ann, bob in
      _ = try await bob.subscribe(name, after: position)
      let frame = try await bob.frame { if case .gap = $0.body { true } else { false } }
      guard case .gap(let gap) = frame.body else { return }
      #expect(gap.reason == .epochChanged && gap.epoch != position.epoch)
    }
  }

  @Test("The history of what is not stored is empty")
  func history() async throws {
    try await withServer { ann, _ in
      _ = try await ann.publish("1", to: name)
      guard case .historyPage(let page) = try await ann.request(.history(.init(conversation: name))) else {
        Issue.record("history was not answered")
        return
      }
      #expect(page.messages.isEmpty && page.lastSequence == 0)
    }
  }

  @Test("A rule for conversations that have members stops the start")
  func wrongRule() async throws {
    await #expect(throws: ServerError.self) {
      try await withServer {
        $0.retention.none = ["group:"]
      } _: { _, _ in
      }
    }
  }
}
