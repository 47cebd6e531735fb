import ArgumentParser
import ChatClient
import ChatCore
import ChatServer
import Logging

/// One conversation, many subscribers, in one process.
struct Fanout: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Publishes to one broadcast that many clients follow.",
    discussion: """
      Server and clients share this process, so the time is that of both; it tells two versions of the
      broker apart, and is no comparison with other brokers.
      """)

  @Option(help: "Clients that follow.") var subscribers = 100
  @Option(help: "Messages to publish.") var messages = 2_000
  @Option(help: "Bytes in a body.") var size = 128

  func run() async throws {
    var configuration = ServerConfiguration()
    configuration.port = 0
    let server = ChatServer(
      configuration: configuration, store: InMemoryStore(),
      logger: Logger(label: "benchmarks") { _ in SwiftLogNoOpLogHandler() })
    let address = try await server.start()
    let count = messages
    var readers: [Task<Int, any Error>] = []
    for number in 0..<subscribers {
      let client = ChatClient(ChatClient.Configuration(user: "user\(number)", port: address.port ?? 0))
      _ = try await client.connect()
      _ = try await client.subscribe("broadcast:bench")
      readers.append(
        Task {
          var last: UInt64 = 0
          for try await update in client.updates {
            guard case .message(let message) = update else { continue }
            guard message.sequence == last + 1 else {
              throw ChatError(.internal, "message \(message.sequence) after \(last)")
            }
            last = message.sequence
            if last == UInt64(count) { break }
          }
          await client.close()
          return Int(last)
        })
    }
    let publisher = ChatClient(ChatClient.Configuration(user: "publisher", port: address.port ?? 0))
    let drain = Task { for try await _ in publisher.updates {} }
    _ = try await publisher.connect()
    let body = [UInt8](repeating: 120, count: size)
    let clock = ContinuousClock()
    let start = clock.now
    try await withThrowingTaskGroup(of: Void.self) { group in
      for lane in 0..<64 {
        group.addTask {
          for _ in stride(from: lane, to: count, by: 64) {
            _ = try await publisher.publish(body, to: ["broadcast:bench"])
          }
        }
      }
      try await group.waitForAll()
    }
    var delivered = 0
    for reader in readers { delivered += try await reader.value }
    let elapsed = clock.now - start
    print("\(delivered) of \(subscribers * messages) deliveries in \(elapsed)")
    await publisher.close()
    drain.cancel()
    await server.stop()
  }
}
