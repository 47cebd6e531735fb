import ChatCore
import NIOCore
import Testing

@testable import ChatServer

@Suite(.timeLimit(.minutes(3))) struct NodeServiceStatisticsTests {
  @Test("Statistics add up what the loops say, and count a user once", arguments: [1, 3])
  func statistics(loops: Int) async throws {
    try await withWebServer(loops: loops) { address, server in
      let service = try #require(server.service)
      var clients: [RawClient] = []
      for _ in 0..<6 {
        let ann = try await RawClient.connect(address, user: "ann")
        _ = try await ann.subscribe("broadcast:b")
        clients.append(ann)
      }
      let bob = try await WebSocketTestClient.connect(server, .json, user: "bob")
      let places = await service.onAllLoops { [ann = try UserID("ann")] in $0.sessions(of: ann).count }
      #expect(places.reduce(0, +) == 6)
      #expect(places.filter { $0 > 0 }.count == loops, "ann has sessions on all loops: \(places)")

      for _ in 0..<5 {
        _ = try await service.publish(publication("x", to: "broadcast:b"), as: UserID("robot"))
      }
      _ = try await bob.publish([1], to: "user:bob")
      for client in clients { for _ in 0..<5 { _ = try await client.message() } }
      _ = try await bob.message()
      #expect(
        try await refusal { try await service.publish(publication("x", to: "nonsense"), as: UserID("robot")) }
          != nil)

      let statistics = await service.statistics()
      #expect(statistics.sessions == 7)
      #expect(statistics.users == 2)
      #expect(statistics.messagesPublished == 6)
      #expect(statistics.deliveries == 5 * 6 + 1)
      #expect(statistics.laggingSessions == 0)
      #expect(statistics.framesReceived >= 6 * 2 + 2)
      #expect(statistics.flushes > 0)
      #expect(statistics.bytesSent > 0)
      #expect(statistics.windowBytes > 0)
      #expect(statistics.time > 0)
      #expect(statistics.publishLatency.count >= 2, "commits of two conversations")
      #expect(statistics.publishLatency.p50 <= statistics.publishLatency.p99)
      #expect(statistics.publishLatency.p99 <= statistics.publishLatency.maximum)
      let top = try #require(statistics.topConversations.first)
      #expect(top.conversation == "broadcast:b")
      #expect(top.followers == 6)
      #expect(top.messages == 5)
      await clients[0].close()
      #expect(try await eventually { await service.statistics().sessions == 6 })
      #expect(await service.statistics().users == 2)
    }
  }

  @Test func `Statistics name the 20 conversations with most messages, of all loops`() async throws {
    try await withServer(loops: 3) { _, server in
      let service = try #require(server.service)
      for number in 0..<25 {
        for _ in 0...number {
          _ = try await service.publish(publication("x", to: "broadcast:\(number)"), as: UserID("robot"))
        }
      }
      let top = await service.statistics().topConversations
      #expect(top.map(\.messages) == (6...25).reversed().map { UInt64($0) })
      #expect(top.first?.conversation == "broadcast:24")
    }
  }

  @Test func `Limits that were hit are counted by name`() async throws {
    try await withServer(loops: 2, configure: { $0.limits.addressesPerPublish = 2 }) { address, server in
      let service = try #require(server.service)
      let ann = try await RawClient.connect(address, user: "ann")
      for _ in 0..<2 {
        await #expect(throws: ChatError.self) {
          try await ann.publish("x", to: "user:a", "user:b", "user:c")
        }
      }
      let many = publication("x", to: "user:a", "user:b", "user:c")
      #expect(try await refusal { try await service.publish(many, as: UserID("robot")) } == .limitExceeded)
      let hits = await service.statistics().limitsHit
      #expect(hits["addresses_per_publish"] == 3, "\(hits)")
    }
  }
}
