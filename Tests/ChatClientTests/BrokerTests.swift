import ChatCore
import ChatServer
import Logging
import Synchronization
import Testing

@testable import ChatClient

@Suite("ChatClient against a broker", .timeLimit(.minutes(1)))
struct BrokerTests {
  private let store = InMemoryStore()

  private var quiet: Logger {
    var logger = Logger(label: "test")
    logger.logLevel = .error
    return logger
  }

  private func start(
    port: Int = 0, _ change: (inout Limits) -> Void = { _ in }
  ) async throws -> (server: ChatServer, port: Int) {
    var configuration = ServerConfiguration()
    change(&configuration.limits)
    configuration.port = port
    configuration.loops = 2
    configuration.drain.grace = 500
    configuration.drain.spread = 50
    let server = ChatServer(configuration: configuration, store: store, logger: quiet)
    let address = try await server.start()
    return (server, try #require(address.port))
  }

  private func connect(
    _ user: String, _ port: Int, _ change: (inout ChatClient.Configuration) -> Void = { _ in }
  ) async throws -> ChatClient {
    var configuration = ChatClient.Configuration(user: user, port: port)
    configuration.backoffInitial = 10
    configuration.backoffMaximum = 100
    change(&configuration)
    let client = ChatClient(configuration, logger: quiet)
    _ = try await client.connect()
    return client
  }

  private func messages(_ count: Int, from client: ChatClient) async -> [Message] {
    var messages: [Message] = []
    for await case .message(let message) in client.updates {
      messages.append(message)
      if messages.count == count { break }
    }
    return messages
  }

  private func text(_ message: Message) -> String { String(decoding: message.body.bytes, as: UTF8.self) }

  @Test("two users talk, and each sees both messages")
  func talk() async throws {
    let (server, port) = try await start()
    let alice = try await connect("alice", port)
    let bob = try await connect("bob", port)
    let receipt = try await alice.publish("hello", to: "user:bob")
    #expect(receipt.sequence == 1)
    #expect(receipt.conversation == "direct:alice:bob")
    #expect(try await bob.publish("hi", to: receipt.conversation).sequence == 2)
    for client in [alice, bob] { #expect(await messages(2, from: client).map(text) == ["hello", "hi"]) }
    let page = try await bob.history("user:alice")
    #expect(page.messages.map(text) == ["hello", "hi"])
    try await bob.ping()
    await alice.close()
    await bob.close()
    await server.stop()
  }

  @Test("a group and a broadcast can be entered and left")
  func membership() async throws {
    let (server, port) = try await start()
    let alice = try await connect("alice", port)
    #expect(try await alice.join("group:team").members == 1)
    #expect(try await alice.subscribe("broadcast:news").position == 0)
    _ = try await alice.publish("one", to: "group:team")
    _ = try await alice.publish("two", to: "broadcast:news")
    #expect(Set(await messages(2, from: alice).map(text)) == ["one", "two"])
    try await alice.leave("group:team")
    try await alice.unsubscribe("broadcast:news")
    await #expect(throws: ChatClientError(.refused, "")) { try await alice.publish("no", to: "group:team") }
    _ = try await alice.publish("unheard", to: "broadcast:news")
    _ = try await alice.publish("heard", to: "broadcast:everyone")
    #expect(await messages(1, from: alice).map(text) == ["heard"])
    await alice.close()
    await server.stop()
  }

  @Test("a later client goes on where an earlier one stopped")
  func laterProcess() async throws {
    let (server, port) = try await start()
    let alice = try await connect("alice", port)
    for number in 1...10 { _ = try await alice.publish("\(number)", to: "user:alice") }
    #expect(await messages(4, from: alice).map(text) == ["1", "2", "3", "4"])
    let positions = await alice.positions()
    await alice.close()
    let later = try await connect("alice", port) { $0.resume = positions }
    #expect(await messages(6, from: later).map(text) == ["5", "6", "7", "8", "9", "10"])
    await later.close()
    // Without its places a client starts behind what was acknowledged. The broker writes marks once in a while.
    var delivered: UInt64 = 0
    while delivered < 10 {
      try await Task.sleep(for: .milliseconds(20))
      let fresh = ChatClient(ChatClient.Configuration(user: "alice", port: port), logger: quiet)
      delivered = try await fresh.connect().conversations.first?.position ?? 0
      await fresh.close()
    }
    #expect(delivered == 10)
    await server.stop()
  }

  @Test("a client of more places than fit into Connect gets what it missed of each")
  func manyPlaces() async throws {
    let (server, port) = try await start {
      $0.subscribesInFlight = 250
      $0.unavailableRetryAfter = 100
    }
    let conversations = (0..<1500).map { "broadcast:\($0)-" + String(repeating: "x", count: 100) }
    let bob = try await connect("bob", port)
    for conversation in conversations { _ = try await bob.publish("missed", to: conversation) }
    let alice = try await connect("alice", port) {
      $0.resume = conversations.map { Position(conversation: $0, epoch: 0, sequence: 0) }
    }
    let received = await messages(conversations.count, from: alice)
    #expect(Set(received.map(\.conversation)) == Set(conversations))
    await alice.close()
    await bob.close()
    await server.stop()
  }

  @Test("restarts of the broker lose and repeat nothing")
  func restarts() async throws {
    var (server, port) = try await start()
    let alice = try await connect("alice", port) { $0.publishesInFlight = 16 }
    let bob = try await connect("bob", port) { $0.bufferedUpdates = 64 }
    let received = Task {
      var all: [Message] = []
      for await case .message(let message) in bob.updates {
        all.append(message)
        if text(message) == "end" { break }
      }
      return all
    }
    let isOver = Mutex(false)
    async let published = withThrowingTaskGroup(of: UInt64.self) { group in
      var sequences: Set<UInt64> = []
      var number = 0
      while !isOver.withLock({ $0 }) {
        if number >= 16, let sequence = try await group.next() { sequences.insert(sequence) }
        number += 1
        group.addTask { [number] in try await alice.publish("\(number)", to: "user:bob").sequence }
      }
      for try await sequence in group { sequences.insert(sequence) }
      return (number, sequences)
    }
    for _ in 0..<2 {
      try await Task.sleep(for: .milliseconds(50))
      await server.stop()
      server = try await start(port: port).server
    }
    try await Task.sleep(for: .milliseconds(50))
    isOver.withLock { $0 = true }
    let (count, sequences) = try await published
    _ = try await alice.publish("end", to: "user:bob")
    #expect(count > 32)
    #expect(sequences == Set(1...UInt64(count)))
    let all = await received.value
    #expect(all.map(\.sequence) == Array(1...UInt64(count + 1)))
    #expect(Set(all.map(text)).count == count + 1)
    await alice.close()
    await bob.close()
    await server.stop()
  }
}
