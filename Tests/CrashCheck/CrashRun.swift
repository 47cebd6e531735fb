import ChatClient
import ChatCore
import Logging

#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// One run: load, and a broker that is killed again and again under it.
struct CrashRun: Sendable {
  struct Settings: Sendable {
    var rounds: Int
    var seed: UInt64
    var publishers: Int
    var subscribers: Int
    var conversations: Int
    /// The broker is killed this many milliseconds after it listens.
    var killAfter: ClosedRange<Int>
  }

  /// How long publishers and subscribers may take to get everything when the broker stays up.
  private static let settleLimit: Duration = .seconds(60)
  private static let settlePoll: Duration = .milliseconds(50)
  private static let roundsPerReport = 10
  /// The longest waits of clients before they connect again, in milliseconds.
  private static let backoffInitial: UInt64 = 10
  private static let backoffMaximum: UInt64 = 40

  let settings: Settings
  let broker: BrokerProcess.Configuration
  private let recorder = Recorder()

  init(settings: Settings, broker: BrokerProcess.Configuration) {
    self.settings = settings
    self.broker = broker
  }

  /// Groups and broadcasts in turn: the one is followed by membership, the other by the session alone.
  private var conversations: [String] {
    (1...settings.conversations).map { $0.isMultiple(of: 2) ? "broadcast:crash\($0)" : "group:crash\($0)" }
  }

  /// Runs all rounds and observes.
  func run() async throws -> CrashReport {
    var process: BrokerProcess? = try await BrokerProcess.start(broker)
    do {
      return try await observe(&process)
    } catch {
      _ = try? await process?.kill()
      throw RunError("\(error); see \(broker.logFile)")
    }
  }

  private func observe(_ process: inout BrokerProcess?) async throws -> CrashReport {
    var random = SeededGenerator(seed: settings.seed)
    let subscribers = try await startSubscribers()
    let publishers = try await startPublishers(random: &random)

    for round in 1...settings.rounds {
      try await Task.sleep(for: .milliseconds(Int.random(in: settings.killAfter, using: &random)))
      guard try await process?.kill() == .signalled(SIGKILL) else {
        process = nil
        throw RunError("the broker had ended by itself before it was killed in round \(round)")
      }
      process = nil
      process = try await BrokerProcess.start(broker)
      if round.isMultiple(of: Self.roundsPerReport) || round == settings.rounds {
        await reportProgress(round)
      }
    }

    try await publishers.finish(within: Self.settleLimit)
    let settled = await settle(ends: try await readHistory())
    for subscriber in subscribers { await subscriber.close() }
    let end = try await process?.terminate()
    process = nil
    return await CrashReport(
      violations: recorder.violations(), settled: settled, end: end,
      acknowledged: recorder.acknowledgedCount, stored: recorder.storedCount, seen: recorder.seenCount,
      duplicates: recorder.duplicateCount, refused: recorder.refusedCount,
      connected: recorder.connectedCount, errors: recorder.errors)
  }

  // MARK: Load

  private func startSubscribers() async throws -> [ChatClient] {
    var clients: [ChatClient] = []
    for number in 1...settings.subscribers {
      let name = "s\(number)"
      let client = makeClient(user: name)
      let subscriber = Subscriber(name: name, client: client, recorder: recorder)
      Task { await subscriber.run() }
      _ = try await client.connect()
      try await follow(client)
      for conversation in conversations {
        await recorder.record(.following(subscriber: name, conversation: conversation))
      }
      clients.append(client)
    }
    return clients
  }

  private func startPublishers(random: inout SeededGenerator) async throws -> PublisherGroup {
    let stop = StopFlag()
    var clients: [ChatClient] = []
    var tasks: [Task<Void, Never>] = []
    for number in 1...settings.publishers {
      let name = "p\(number)"
      let client = makeClient(user: name)
      // A publisher is a member too, so it is given messages; somebody must take them.
      Task { for await _ in client.updates {} }
      _ = try await client.connect()
      for conversation in conversations where conversation.hasPrefix("group:") {
        _ = try await client.join(conversation)
      }
      clients.append(client)
      let publisher = Publisher(
        name: name, conversations: conversations, client: client, recorder: recorder)
      let generator = SeededGenerator(seed: random.next())
      tasks.append(Task { await publisher.run(random: generator, until: stop) })
    }
    return PublisherGroup(clients: clients, tasks: tasks, stop: stop)
  }

  private func follow(_ client: ChatClient) async throws {
    for conversation in conversations {
      if conversation.hasPrefix("group:") {
        _ = try await client.join(conversation)
      } else {
        _ = try await client.subscribe(conversation)
      }
    }
  }

  private func makeClient(user: String) -> ChatClient {
    var configuration = ChatClient.Configuration(user: user, host: "127.0.0.1", port: Int(broker.port))
    // A round is short. With the usual waits most of it would pass without load.
    configuration.backoffInitial = Self.backoffInitial
    configuration.backoffMaximum = Self.backoffMaximum
    // That the connection was lost is the plan here, not news.
    let logger = Logger(label: "crash-check") { _ in SwiftLogNoOpLogHandler() }
    return ChatClient(configuration, logger: logger)
  }

  // MARK: End

  /// Reads all logs, page by page. Returns their last sequences.
  private func readHistory() async throws -> [String: UInt64] {
    let client = makeClient(user: "reader")
    Task { for await _ in client.updates {} }
    _ = try await client.connect()
    var ends: [String: UInt64] = [:]
    for conversation in conversations {
      if conversation.hasPrefix("group:") { _ = try await client.join(conversation) }
      let messages = try await readLog(conversation, with: client)
      for message in messages {
        await recorder.record(
          .stored(
            conversation: conversation, sequence: message.sequence,
            body: String(decoding: message.body.bytes, as: UTF8.self)))
      }
      ends[conversation] = messages.last?.sequence ?? 0
    }
    await client.close()
    return ends
  }

  /// Reads a log from its end to its start.
  private func readLog(_ conversation: String, with client: ChatClient) async throws -> [Message] {
    var newestFirst: [Message] = []
    var page = try await client.history(conversation)
    while let first = page.messages.first?.sequence {
      newestFirst += page.messages.reversed()
      guard first > 1 else { break }
      page = try await client.history(conversation, before: first)
      guard (page.messages.last?.sequence ?? 0) < first else {
        throw RunError("the history of \(conversation) before \(first) goes beyond it: history is broken")
      }
    }
    return newestFirst.reversed()
  }

  /// Waits until each subscriber has the end of each log. False: time ran out.
  private func settle(ends: [String: UInt64]) async -> Bool {
    let deadline = ContinuousClock.now + Self.settleLimit
    while ContinuousClock.now < deadline {
      if await hasArrived(ends) { return true }
      try? await Task.sleep(for: Self.settlePoll)
    }
    return await hasArrived(ends)
  }

  private func hasArrived(_ ends: [String: UInt64]) async -> Bool {
    for number in 1...settings.subscribers {
      for (conversation, end) in ends
      where await recorder.lastSeen(by: "s\(number)", in: conversation) < end {
        return false
      }
    }
    return true
  }

  private func reportProgress(_ round: Int) async {
    let acknowledged = await recorder.acknowledgedCount
    let seen = await recorder.seenCount
    printLine("round \(round)/\(settings.rounds): \(acknowledged) acknowledged, \(seen) seen")
  }
}
