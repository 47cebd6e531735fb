import ChatServer
import ChatTelemetry
import Logging
import Synchronization
import Testing

@testable import chat_broker

struct ConfigurationReloaderTests {
  /// A part that notes what it is given.
  private final class Part: Reloadable {
    let prepared = Mutex<[Settings]>([])
    let applied = Mutex<[Settings]>([])
    let problem: SettingProblem?

    init(problem: SettingProblem? = nil) { self.problem = problem }

    func prepare(_ settings: Settings) async throws(SettingProblem) -> AppliedChange? {
      prepared.withLock { $0.append(settings) }
      if let problem { throw problem }
      return { [self] in
        applied.withLock { $0.append(settings) }
        return "a part"
      }
    }
  }

  /// What was logged, with its metadata.
  private final class Lines: Sendable {
    let all = Mutex<[String]>([])
    var last: String { all.withLock { $0.last ?? "" } }
  }

  private struct Handler: LogHandler {
    let lines: Lines
    var logLevel = Logger.Level.trace
    var metadata: Logger.Metadata = [:]
    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }
    func log(event: LogEvent) {
      let metadata = (event.metadata ?? [:]).map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
      lines.all.withLock { $0.append("\(event.level) \(event.message) \(metadata)") }
    }
  }

  private struct World {
    let directory: TemporaryDirectory
    let reloader: ConfigurationReloader
    let counters = AttemptCounters()
    let lines = Lines()

    init(_ text: String, parts: [any Reloadable]) throws {
      directory = try TemporaryDirectory()
      let file = try directory.write(text, to: "a.yaml")
      let sources = ConfigurationSources(
        flags: FlagReader(), file: file, directories: [], environment: Environment(["HOME": "/h"]))
      let lines = lines
      reloader = ConfigurationReloader(
        sources: sources, configuration: try sources.load(), parts: parts, counters: counters,
        logger: Logger(label: "test") { _ in Handler(lines: lines) })
    }

    func reload(_ text: String) async throws {
      try directory.write(text, to: "a.yaml")
      await reloader.reload(because: "a test")
    }
  }

  @Test func `what can change live is applied, and what needs a restart is said and kept back`() async throws
  {
    let part = Part()
    let world = try World("port: 1\nlimits.body_bytes: 10\n", parts: [part])
    try await world.reload("port: 2\nlimits.body_bytes: 20\n")
    let settings = try #require(part.applied.withLock { $0.last })
    #expect(settings.server.limits.bodyBytes == 20)
    #expect(settings.server.port == 1)
    #expect(world.counters.ok == 1 && world.counters.failed == 0 && world.counters.lastSucceeded)
    #expect(world.lines.last.hasPrefix("warning the configuration has changed; some of it needs a restart"))
    #expect(world.lines.last.contains("limits.body_bytes 10 → 20"))
    #expect(world.lines.last.contains("port 1 → 2"))
    // The limit was taken, the port is still to come.
    try await world.reload("port: 2\nlimits.body_bytes: 20\n")
    #expect(!world.lines.last.contains("limits.body_bytes"))
    #expect(world.lines.last.contains("port 1 → 2"))
  }

  @Test(arguments: ["port: x", "prot: 1", "a: [", "limits.frame_bytes: 300", "host: 0.0.0.0"])
  func `what is broken changes nothing, is logged and counted`(text: String) async throws {
    let part = Part()
    let world = try World("port: 1", parts: [part])
    try await world.reload(text)
    #expect(part.prepared.withLock { $0.isEmpty })
    #expect(world.counters.ok == 0 && world.counters.failed == 1 && !world.counters.lastSucceeded)
    #expect(world.lines.last.hasPrefix("error the new configuration is not taken"))
    try await world.reload("port: 1")
    #expect(world.counters.ok == 1 && world.counters.lastSucceeded)
  }

  @Test func `if one part refuses, none applies`() async throws {
    let good = Part()
    let bad = Part(
      problem: SettingProblem(.unreadable, key: "tls.certificate_file", "the certificate has ended"))
    let world = try World("port: 1", parts: [good, bad])
    try await world.reload("limits.body_bytes: 20")
    #expect(good.prepared.withLock { $0.count } == 1)
    #expect(good.applied.withLock { $0.isEmpty })
    #expect(world.counters.failed == 1)
    #expect(world.lines.last.contains("the certificate has ended"))
  }

  @Test
  func
    `keys of tokens that come to a broker without authentication are refused, because they would do nothing`()
    async throws
  {
    let world = try World("port: 1", parts: [TokenKeysReload(keys: nil)])
    let secret = "auth.secret: \(String(repeating: "s", count: 32))"
    try await world.reload(secret)
    #expect(world.lines.last.hasPrefix("error the new configuration is not taken"))
    #expect(world.lines.last.contains("restart it"))
    #expect(world.counters.failed == 1 && world.counters.ok == 0)
    try await world.reload("port: 1")
    #expect(world.counters.ok == 1)
  }

  @Test func `a file that only the next start reads has to be good too`() async throws {
    let part = Part()
    let world = try World("port: 1", parts: [part])
    let missing = world.directory.path + "/none.pem"
    try await world.reload(
      "limits.body_bytes: 20\nadmin.tls: {certificate_file: \(missing), private_key_file: \(missing)}\n")
    #expect(part.prepared.withLock { $0.isEmpty })
    #expect(world.counters.ok == 0 && world.counters.failed == 1 && !world.counters.lastSucceeded)
    #expect(world.lines.last.hasPrefix("error the new configuration is not taken"))
    #expect(
      world.lines.last.contains("admin.tls.private_key_file is \(missing): it cannot be read (No such file"))
  }

  @Test func `a secret that changes is not told`() async throws {
    let world = try World("admin.key: 0123456789abcdefOLD", parts: [])
    try await world.reload("admin.key: 0123456789abcdefNEW")
    #expect(world.lines.last.contains("admin.key (secret) → (secret)"))
    try await world.reload("admin.key: NEW")
    #expect(world.lines.last.hasPrefix("error"))
    #expect(world.lines.all.withLock { $0.allSatisfy { !$0.contains("NEW") && !$0.contains("OLD") } })
  }

  @Test func `the level of all loggers follows`() async throws {
    let levels = LogLevelSwitch(.info)
    let world = try World("log.level: info", parts: [LogLevelReload(levels: levels)])
    try await world.reload("log.level: debug")
    #expect(levels.level == .debug)
    #expect(world.lines.last.contains("log level debug"))
    #expect(await world.reloader.files == [world.directory.path + "/a.yaml"])
  }
}

struct ChangeDetectorTests {
  @Test func `a change counts when it has come to rest, and once`() {
    var detector = ChangeDetector(taken: 1)
    #expect([1, 2, 3, 3, 3].map { detector.hasChanged(to: $0) } == [false, false, false, true, false])
    // There and back again.
    #expect([4, 3, 3].map { detector.hasChanged(to: $0) } == [false, false, false])
    detector.take(5)
    #expect([5, 5].map { detector.hasChanged(to: $0) } == [false, false])
  }
}
