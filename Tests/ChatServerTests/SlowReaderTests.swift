import ChatCore
import ChatServer
import Foundation
import Testing

@Suite(.serialized) struct SlowReaderTests {
  @Test(
    "Of 1,000 subscribers 100 stop reading: the others get everything, memory stays, and the stalled go on later"
  )
  func stalledReaders() async throws {
    let body = String(repeating: "x", count: 2_000)
    let messages: UInt64 = 400
    try await withServer(
      configure: {
        $0.sendBufferBytes = 65_536
        $0.limits.windowBytes = 64 * 1024
        $0.limits.idleTimeout = 600_000
        $0.limits.stallTimeout = 600_000
      }
    ) { address, server in
      var subscribers: [RawClient] = []
      for number in 0..<1_000 {
        let client = try await RawClient.connect(
          address, user: "user\(number)", receiveBuffer: number < 100 ? 8_192 : nil)
        _ = try await client.subscribe("broadcast:b")
        client.countMessages()
        subscribers.append(client)
      }
      let stalled = subscribers[..<100]
      for client in stalled { try await client.setReading(false) }
      let publisher = try await RawClient.connect(address, user: "publisher")
      let before = residentBytes()
      for _ in 0..<messages { _ = try await publisher.publish(body, to: "broadcast:b") }

      for client in subscribers[100...] { try await client.waitForMessages(messages) }
      let grown = residentBytes() - before
      let copied = stalled.count * Int(messages) * body.utf8.count
      // Thread Sanitizer keeps memory of its own for ours.
      if ProcessInfo.processInfo.environment["TSAN_OPTIONS"] == nil {
        #expect(
          grown < copied / 2, "grown by \(grown) bytes; copies for each stalled session would be \(copied)")
      }
      #expect(stalled.allSatisfy { $0.messageCount < messages })

      for client in stalled { try await client.setReading(true) }
      for client in stalled { try await client.waitForMessages(messages) }
      let pages = await server.counters().map(\.pagesRead).reduce(0, +)
      #expect(pages > 0, "the stalled sessions never fell out of the window")
    }
  }

  private func residentBytes() -> Int {
    guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
    return (Int(text.split(separator: " ")[1]) ?? 0) * 4_096
  }
}
