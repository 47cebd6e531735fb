import ChatTelemetry

/// The level of the log, as a part that takes other settings.
struct LogLevelReload: Reloadable {
  let levels: LogLevelSwitch

  func prepare(_ settings: Settings) async throws(SettingProblem) -> AppliedChange? {
    let wanted = settings.log.effectiveLevel
    guard wanted != levels.level else { return nil }
    return { [levels] in
      levels.level = wanted
      return "log level \(wanted)"
    }
  }
}
