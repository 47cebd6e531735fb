/// Reads settings from environment variables.
enum EnvironmentReader {
  /// Variables that are not settings of the broker: where files are, what client commands use, and what
  /// Kubernetes and Docker put in for a service named `chat-broker`.
  private static let others = [
    "CHAT_CONFIG", "CHAT_CONFIG_DIRECTORY", "CHAT_SERVER", "CHAT_USER", "CHAT_TOKEN", "CHAT_TLS",
    "CHAT_TLS_CA",
    "CHAT_CLIENT_CERTIFICATE", "CHAT_CLIENT_KEY",
  ]
  private static let otherPrefix = "CHAT_BROKER"

  static func layer(_ environment: Environment) -> SettingLayer {
    var layer = SettingLayer(.environment)
    for key in SettingKeys.all {
      guard let variable = key.variables.first(where: { environment[$0] != nil }),
        let text = environment[variable]
      else { continue }
      layer.replace(key.name, SettingText.texts(text, of: key), at: variable)
    }
    return layer
  }

  /// What looks like a setting that is misspelt. No error: others may have put it there.
  static func warnings(_ environment: Environment) -> [String] {
    let known = SettingKeys.all.flatMap(\.variables) + others
    return environment.names.filter { name in
      name.hasPrefix("CHAT_") && !name.hasPrefix(otherPrefix) && !known.contains(name)
    }.sorted().compactMap { name in
      NearestName.find(name, in: known).map {
        "the environment variable \(TerminalText.escape(name)) is no setting: did you mean \($0)?"
      }
    }
  }
}
