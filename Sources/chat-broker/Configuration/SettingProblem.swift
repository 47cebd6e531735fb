/// Something about the configuration that has to be put right before it can be used.
struct SettingProblem: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of problem.
  enum Code: String, Sendable {
    /// There is no such key.
    case unknownKey = "unknown_key"
    /// The value is not of the type, or out of range.
    case notAllowed = "not_allowed"
    /// A value is missing, or does not go with another one.
    case conflict
    /// A file or directory cannot be read, or is not what it should be.
    case unreadable
  }

  let code: Code
  /// The key, as far as there is one.
  let key: String?
  /// Where it was read, as far as that is one place.
  let source: SettingSource?
  /// What is wrong and what to do next.
  let description: String

  init(_ code: Code, key: String? = nil, source: SettingSource? = nil, _ description: String) {
    self.code = code
    self.key = key
    self.source = source
    self.description = description
  }

  /// - Parameter value: as it was written; nil: a secret.
  static func notAllowed(
    _ key: String, value: String?, from source: SettingSource, allowed: String
  ) -> SettingProblem {
    let shown = value.map { " \"\(TerminalText.escape($0))\"" } ?? ""
    return SettingProblem(
      .notAllowed, key: key, source: source,
      "\(key)\(shown) (from \(source)) is not allowed: use \(allowed)")
  }

  /// - Parameter nearest: what may have been meant.
  static func unknown(_ key: String, nearest: String?, from source: SettingSource) -> SettingProblem {
    let hint = nearest.map { "did you mean \($0)?" } ?? "`chat-broker config keys` lists all"
    return SettingProblem(
      .unknownKey, key: key, source: source,
      "there is no setting \"\(TerminalText.escape(key))\" (from \(source)): \(hint)")
  }
}

/// Why a configuration cannot be used: everything that is wrong with it, at least one thing.
struct ConfigurationError: Error, Hashable, Sendable {
  let problems: [SettingProblem]
  /// What nothing is refused for, and what may be why something is missed; for people.
  var warnings: [String] = []

  /// What a command says and how it ends: a wrong command line is wrong usage, everything else a wrong
  /// configuration.
  var failure: CommandFailure {
    let isUsage = problems.allSatisfy { $0.source?.kind == .flag }
    let lines = problems.map(\.description)
    let message =
      lines.count == 1
      ? lines[0]
      : "\(lines.count) things are wrong with the configuration:\n"
        + lines.map { "  \($0)" }.joined(separator: "\n")
    return CommandFailure(isUsage ? .usage : .configuration, message)
  }
}
