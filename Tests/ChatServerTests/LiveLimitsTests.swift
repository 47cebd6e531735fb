import ChatCore
import ChatServer
import Logging
import Testing

struct LiveLimitsTests {
  @Test func `limits change on all loops while sessions stay`() async throws {
    try await withServer(loops: 2) { address, server in
      var before: [RawClient] = []
      for user in ["a", "b", "c", "d"] { before.append(try await RawClient.connect(address, user: user)) }
      var limits = Limits()
      // Every session follows broadcast:everyone.
      limits.conversationsPerSession = 2
      limits.bodyBytes = 3
      try await server.apply(limits: limits)
      for client in before {
        // They were told that longer ones are allowed.
        _ = try await client.publish("four", to: "broadcast:x")
        _ = try await client.subscribe("broadcast:x")
        let refused = await #expect(throws: ChatError.self) { try await client.subscribe("broadcast:y") }
        #expect(refused?.message.hasPrefix("conversations_per_session is 2") == true)
      }
      for user in ["e", "f", "g", "h"] {
        let client = try await RawClient.open(address)
        var connect = ClientFrame.Connect()
        connect.user = user
        guard case .connected(let connected) = try await client.request(.connect(connect)) else {
          Issue.record("\(user) is not connected")
          return
        }
        #expect(connected.limits.bodyBytes == 3)
        let refused = await #expect(throws: ChatError.self) {
          try await client.publish("four", to: "broadcast:x")
        }
        #expect(refused?.message.hasSuffix("body_bytes is 3") == true)
      }
    }
  }

  @Test func `a value out of range, or a server that does not run, changes nothing`() async throws {
    try await withServer { address, server in
      let limits = {
        var limits = Limits()
        limits.flushPieces = 0
        limits.bodyBytes = 3
        return limits
      }()
      let refused = await #expect(throws: ServerError.self) { try await server.apply(limits: limits) }
      #expect(refused?.code == .configuration)
      let client = try await RawClient.connect(address, user: "a")
      _ = try await client.publish("four", to: "broadcast:x")
    }
    let server = ChatServer(
      configuration: ServerConfiguration(), store: InMemoryStore(epoch: 1), logger: .init(label: "test"))
    let refused = await #expect(throws: ServerError.self) { try await server.apply(limits: Limits()) }
    #expect(refused?.code == .state)
  }
}
