import ChatCore
import NIOCore
import NIOPosix
import Testing

@testable import ChatClient

@Suite("ChatClient against a scripted server", .timeLimit(.minutes(1)))
struct ScriptedServerTests {
  private func client(
    _ server: ScriptedServer, _ change: (inout ChatClient.Configuration) -> Void = { _ in }
  ) -> ChatClient {
    var configuration = ChatClient.Configuration(user: "alice", port: server.port)
    configuration.backoffInitial = 10
    configuration.closeTimeout = .milliseconds(50)
    configuration.acknowledges = false
    change(&configuration)
    return ChatClient(configuration)
  }

  /// The sequences of the next messages.
  private func take(_ count: Int, from client: ChatClient) async -> [UInt64] {
    var sequences: [UInt64] = []
    for await case .message(let message) in client.updates {
      sequences.append(message.sequence)
      if sequences.count == count { break }
    }
    return sequences
  }

  @Test("a reconnect resumes from the last position, and delivers each message once")
  func reconnect() async throws {
    let server = try await ScriptedServer()
    let client = client(server)
    async let connected = client.connect()
    let (first, connect) = try await server.openSession(["group:a": 4])
    #expect(connect.resume == [] && connect.user == "alice")
    #expect(try await connected.user == "alice")
    first.sendMessages(5...6, in: "group:a")
    #expect(await take(2, from: client) == [5, 6])
    try await first.close()
    let (second, again) = try await server.openSession(["group:a": 6])
    #expect(again.resume == [Position(conversation: "group:a", epoch: 7, sequence: 6)])
    second.sendMessages(6...8, in: "group:a")
    #expect(await take(2, from: client) == [7, 8])
    #expect(await client.positions() == [Position(conversation: "group:a", epoch: 7, sequence: 8)])
    await client.close()
    try await second.closed()
    try await server.stop()
  }

  @Test("a publish whose answer got lost is sent again with the same id, and answered once")
  func lostAnswer() async throws {
    let server = try await ScriptedServer()
    let client = client(server)
    async let connected = client.connect()
    let (first, _) = try await server.openSession()
    _ = try await connected
    async let receipt = client.publish("hello", to: "user:bob")
    let (_, lost) = try await first.receivePublish()
    try await first.close()
    async let newer = client.publish("newer", to: "user:bob")
    let (second, _) = try await server.openSession()
    let (id, repeated) = try await second.receivePublish()
    #expect(repeated == lost)
    #expect(repeated.clientMessageID.utf8.count == 26)
    second.answerPublish(id, sequence: 9)
    second.answerPublish(id, sequence: 10)
    #expect(try await receipt.sequence == 9)
    let (newerID, _) = try await second.receivePublish()
    second.answerPublish(newerID, sequence: 10)
    #expect(try await newer.sequence == 10)
    await client.close()
    try await server.stop()
  }

  @Test("a node that goes away is left only after the next session is open")
  func goAway() async throws {
    let server = try await ScriptedServer()
    let client = client(server)
    async let connected = client.connect()
    let (old, _) = try await server.openSession(["group:a": 0])
    _ = try await connected
    old.sendMessages(1...1, in: "group:a")
    #expect(await take(1, from: client) == [1])
    async let receipt = client.publish("hello", to: "group:a")
    let (_, publish) = try await old.receivePublish()
    old.send(.goAway(ServerFrame.GoAway(reconnectAfter: 20, closesAfter: 10_000, reason: "update")))

    let new = try await server.accept()
    let connect = try await new.receive()
    #expect(old.isOpen)
    old.sendMessages(2...2, in: "group:a")
    #expect(await take(1, from: client) == [2])
    var state = ConversationState()
    (state.conversation, state.epoch, state.position) = ("group:a", 7, 1)
    var opened = ServerFrame.Connected()
    opened.conversations = [state]
    new.send(.connected(opened), to: connect.requestID)
    try await old.closed()

    let (id, repeated) = try await new.receivePublish()
    #expect(repeated == publish)
    new.answerPublish(id, sequence: 3)
    #expect(try await receipt.sequence == 3)
    new.sendMessages(2...3, in: "group:a")
    #expect(await take(1, from: client) == [3])
    await client.close()
    try await server.stop()
  }

  @Test("a jump leads to a subscription from the last message")
  func jump() async throws {
    let server = try await ScriptedServer()
    let client = client(server)
    async let connected = client.connect()
    let (connection, _) = try await server.openSession(["group:a": 0])
    _ = try await connected
    connection.sendMessages(1...1, in: "group:a")
    connection.sendMessages(3...4, in: "group:a")
    let frame = try await connection.receive()
    let place = Position(conversation: "group:a", epoch: 7, sequence: 1)
    #expect(frame.body == .subscribe(ClientFrame.Subscribe(conversation: "group:a", after: place)))
    connection.sendMessages(2...4, in: "group:a")
    #expect(await take(4, from: client) == [1, 2, 3, 4])
    await client.close()
    try await server.stop()
  }

  @Test("an unavailable publish is retried until it is stored")
  func unavailable() async throws {
    let server = try await ScriptedServer()
    let client = client(server)
    async let connected = client.connect()
    let (connection, _) = try await server.openSession()
    _ = try await connected
    async let receipt = client.publish("hello", to: "user:bob")
    let (id, publish) = try await connection.receivePublish()
    connection.send(.error(ChatError(.unavailable, "the store is away", retryAfter: 20)), to: id)
    let (again, repeated) = try await connection.receivePublish()
    #expect(repeated == publish)
    connection.answerPublish(again, sequence: 1)
    #expect(try await receipt.sequence == 1)
    await client.close()
    try await server.stop()
  }

  @Test("connect throws when nobody listens, and when the broker refuses")
  func refused() async throws {
    let server = try await ScriptedServer()
    let client = client(server)
    let connecting = Task { try await client.connect() }
    let connection = try await server.accept()
    let connect = try await connection.receive()
    connection.send(.error(ChatError(.unauthenticated, "the token has expired")), to: connect.requestID)
    let refusal = await #expect(throws: ChatClientError.self) { try await connecting.value }
    #expect(refusal?.refusal?.code == .unauthenticated)
    try await server.stop()
    let second = await #expect(throws: ChatClientError.self) { try await client.connect() }
    #expect(second?.code == .connectionRefused)
  }

  @Test("close tells the broker what was taken, and ends the updates")
  func close() async throws {
    let server = try await ScriptedServer()
    let client = client(server) { configuration in
      configuration.acknowledges = true
      configuration.closeTimeout = .seconds(20)
    }
    async let connected = client.connect()
    let (connection, _) = try await server.openSession(["group:a": 0])
    _ = try await connected
    connection.sendMessages(1...3, in: "group:a")
    #expect(await take(3, from: client) == [1, 2, 3])
    async let closing: Void = client.close()
    var acknowledged: [Position] = []
    var ping = try await connection.receive()
    // Some of it may have been acknowledged before.
    while case .acknowledge(let positions) = ping.body {
      acknowledged += positions
      ping = try await connection.receive()
    }
    #expect(acknowledged.last == Position(conversation: "group:a", epoch: 7, sequence: 3))
    #expect(ping.body == .ping)
    connection.send(.heartbeat(tails: [], serverTime: 0), to: ping.requestID)
    await closing
    for await _ in client.updates {}
    await #expect(throws: ChatClientError.self) { try await client.ping() }
    try await server.stop()
  }

  @Test("a slow consumer loses nothing, and answers still get through")
  func slowConsumer() async throws {
    let server = try await ScriptedServer()
    let client = client(server) { $0.bufferedUpdates = 16 }
    async let connected = client.connect()
    let (connection, _) = try await server.openSession(["group:a": 0])
    _ = try await connected
    // Like a broker: sends on from wherever the client subscribes.
    let script = Task {
      connection.sendMessages(1...5000, in: "group:a")
      while let frame = try? await connection.receive() {
        switch frame.body {
        case .publish: connection.answerPublish(frame.requestID, sequence: 1)
        case .subscribe(let subscribe):
          let after = subscribe.after?.sequence ?? 0
          if after < 5000 { connection.sendMessages((after + 1)...5000, in: "group:a") }
        default: break
        }
      }
    }
    var expected: UInt64 = 1
    for await case .message(let message) in client.updates {
      #expect(message.sequence == expected)
      expected += 1
      if message.sequence % 500 == 0 { _ = try await client.publish("echo", to: "group:b") }
      if message.sequence == 5000 { break }
    }
    await client.close()
    await script.value
    try await server.stop()
  }

  @Test("a cancelled request ends at once")
  func cancelled() async throws {
    let server = try await ScriptedServer()
    let client = client(server)
    async let connected = client.connect()
    let (connection, _) = try await server.openSession()
    _ = try await connected
    let request = Task { try await client.ping() }
    _ = try await connection.receive()
    request.cancel()
    let error = await #expect(throws: ChatClientError.self) { try await request.value }
    #expect(error?.code == .cancelled)
    await client.close()
    try await server.stop()
  }
}
