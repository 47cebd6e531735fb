import ChatServer
import Logging

/// Reads the configuration anew, and hands what changed to the parts that can take it.
actor ConfigurationReloader {
  private let sources: ConfigurationSources
  private let parts: [any Reloadable]
  private let counters: AttemptCounters
  private let logger: Logger
  private var running: Settings
  /// How all files looked when the broker started.
  let started: FileStamp

  /// - Parameter configuration: what the broker starts with.
  init(
    sources: ConfigurationSources, configuration: LoadedConfiguration, parts: [any Reloadable],
    counters: AttemptCounters, logger: Logger
  ) {
    self.sources = sources
    running = configuration.settings
    started = configuration.stamp + FileStamp(parts.flatMap { $0.files(configuration.settings) })
    self.parts = parts
    self.counters = counters
    self.logger = logger
  }

  /// Files and directories whose change is a reason to read everything anew.
  var files: [String] { sources.paths + parts.flatMap { $0.files(running) } }

  /// - Parameter reason: for the log.
  func reload(because reason: String) async {
    do throws(ConfigurationError) {
      let loaded = try sources.load()
      // Also those that only the next start reads: it would not come up with them.
      let problems = await ReferencedFiles.problems(of: loaded.settings)
      guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
      let change = SettingsChange(from: running, to: loaded.settings)
      let prepared = try await prepare(change.settings)
      var applied: [String] = []
      for apply in prepared { applied.append(await apply()) }
      running = change.settings
      counters.countSuccess()
      report(change, applied, loaded.warnings, reason)
    } catch {
      counters.countFailure()
      logger.error(
        "the new configuration is not taken, what the broker has stays",
        metadata: [
          "reason": "\(reason)", "problems": .array(error.problems.map { "\($0.description)" }),
        ])
    }
  }

  private func prepare(_ settings: Settings) async throws(ConfigurationError) -> [AppliedChange] {
    var prepared: [AppliedChange] = []
    var problems: [SettingProblem] = []
    for part in parts {
      do throws(SettingProblem) {
        if let change = try await part.prepare(settings) { prepared.append(change) }
      } catch {
        problems.append(error)
      }
    }
    guard problems.isEmpty else { throw ConfigurationError(problems: problems) }
    return prepared
  }

  private func report(
    _ change: SettingsChange, _ applied: [String], _ warnings: [String], _ reason: String
  ) {
    for warning in warnings { logger.warning("\(warning)") }
    var metadata: Logger.Metadata = ["reason": "\(reason)"]
    if !change.live.isEmpty { metadata["changed"] = .array(change.live.map { "\($0)" }) }
    if !applied.isEmpty { metadata["applied"] = .array(applied.map { "\($0)" }) }
    if !change.restart.isEmpty { metadata["needs_restart"] = .array(change.restart.map { "\($0)" }) }
    if change.restart.isEmpty {
      logger.notice(
        change.live.isEmpty && applied.isEmpty
          ? "the configuration was read, nothing has changed" : "the configuration has changed",
        metadata: metadata)
    } else {
      logger.warning("the configuration has changed; some of it needs a restart", metadata: metadata)
    }
  }
}
