import ChatClient
import ChatCore
import Foundation

/// Publishes lines when they are due, and checks that every reader gets each.
struct ReplayRun: Sendable {
  struct Result: Encodable {
    var messages: Int
    var deliveries: Int
    /// Microseconds from the time that a message was due.
    var p50: Double
    var p99: Double
    var p999: Double
    var max: Double
  }

  private static let conversation = "broadcast:replay"

  let lines: [[UInt8]]
  let rate: Double
  let subscribers: Int
  let port: Int

  func run() async throws -> Result {
    let clock = ContinuousClock()
    var clients: [ChatClient] = []
    for number in 0..<subscribers {
      let client = ChatClient(ChatClient.Configuration(user: "reader\(number)", port: port))
      _ = try await client.connect()
      _ = try await client.subscribe(Self.conversation)
      clients.append(client)
    }
    let publisher = ChatClient(ChatClient.Configuration(user: "writer", port: port))
    let drain = Task { for try await _ in publisher.updates {} }
    _ = try await publisher.connect()

    let start = clock.now + .milliseconds(100)
    var latencies: [Double] = []
    try await withThrowingTaskGroup(of: [Double].self) { group in
      for client in clients { group.addTask { try await read(client, start: start) } }
      group.addTask {
        try await publish(publisher, start: start)
        return []
      }
      for try await part in group { latencies += part }
    }
    for client in clients { await client.close() }
    await publisher.close()
    drain.cancel()
    latencies.sort()
    func percentile(_ share: Double) -> Double {
      latencies[Swift.min(latencies.count - 1, Int(Double(latencies.count) * share))]
    }
    return Result(
      messages: lines.count, deliveries: latencies.count, p50: percentile(0.5), p99: percentile(0.99),
      p999: percentile(0.999), max: percentile(1))
  }

  private func due(_ index: Int, start: ContinuousClock.Instant) -> ContinuousClock.Instant {
    start + .seconds(Double(index) / rate)
  }

  private func publish(_ client: ChatClient, start: ContinuousClock.Instant) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for (index, line) in lines.enumerated() {
        try await Task.sleep(until: due(index, start: start), clock: .continuous)
        // Not awaited here: the next one is due, whenever the answer comes.
        // They may overtake one another on the way to the client, so each says which it is.
        let body = Array("\(index) ".utf8) + line
        group.addTask { _ = try await client.publish(body, to: [Self.conversation]) }
      }
      try await group.waitForAll()
    }
  }

  private func read(_ client: ChatClient, start: ContinuousClock.Instant) async throws -> [Double] {
    var seen: Set<Int> = []
    var latencies: [Double] = []
    latencies.reserveCapacity(lines.count)
    for try await update in client.updates {
      guard case .message(let message) = update else { continue }
      let parts = message.body.withUnsafeBytes { Array($0) }.split(separator: UInt8(ascii: " "), maxSplits: 1)
      guard message.sequence == UInt64(latencies.count + 1),
        let index = parts.first.flatMap({ Int(String(decoding: $0, as: UTF8.self)) }),
        lines.indices.contains(index), seen.insert(index).inserted,
        parts.count == 2, parts[1].elementsEqual(lines[index])
      else {
        throw BenchmarkError(
          "message \(message.sequence) came as number \(latencies.count + 1), or not as it was published: "
            + "this is a fault of the broker")
      }
      latencies.append((ContinuousClock.now - due(index, start: start)) / .microseconds(1))
      if latencies.count == lines.count { break }
    }
    guard latencies.count == lines.count else {
      throw BenchmarkError("a reader's connection ended after \(latencies.count) of \(lines.count) messages")
    }
    return latencies
  }
}
