/// A value of the configuration, and where it was read.
struct Setting: Hashable, Sendable {
  enum Source: Hashable, Sendable {
    case flag(String)
    case environment(String)
  }

  /// What the value is for, as people say it: "port".
  let key: String
  let text: String
  let source: Source

  /// The flag's value, else the environment's, else none.
  static func read(
    _ key: String, flag: String, value: String?, variable: String, in environment: Environment
  ) -> Setting? {
    if let value { return Setting(key: key, text: value, source: .flag(flag)) }
    return environment[variable].map { Setting(key: key, text: $0, source: .environment(variable)) }
  }

  /// Names the key, the value, where it was read and what is allowed.
  func failure(allowed: String) -> CommandFailure {
    let shown = TerminalText.escape(text)
    return switch source {
    case .flag(let name):
      CommandFailure(.usage, "\(key) \"\(shown)\" (from \(name)) is not allowed: use \(allowed)")
    case .environment(let name):
      CommandFailure(
        .configuration,
        "\(key) \"\(shown)\" (from the environment variable \(name)) is not allowed: use \(allowed)")
    }
  }

  /// The value as a number within a range.
  func number(in range: ClosedRange<Int>) throws(CommandFailure) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw failure(allowed: "a number from \(range.lowerBound) to \(range.upperBound)")
    }
    return number
  }

  /// The value as yes or no.
  func truth() throws(CommandFailure) -> Bool {
    switch text.lowercased() {
    case "1", "true", "yes", "on": true
    case "0", "false", "no", "off": false
    default: throw failure(allowed: "true or false")
    }
  }
}
