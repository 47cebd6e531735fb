import ArgumentParser

/// `chat-broker config print`
struct ConfigPrint: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "print",
    abstract: "Print what holds for every setting, and where it was read.",
    discussion: """
      Reads what `serve` would read with the same options and environment. Secrets are not shown.

      EXAMPLES
        chat-broker config print --config chat-broker.yaml
        chat-broker config print --json | jq 'select(.source != "default")'
      """)

  @OptionGroup var options: SettingOptions

  @Flag(help: "Print one JSON object for each setting.")
  var json = false

  func run() throws {
    let loaded = try options.sources(.process).load()
    for warning in loaded.warnings { Output.error(warning) }
    if json {
      for key in SettingKeys.all { Output.line(Self.object(key, loaded).text) }
    } else {
      let rows = SettingKeys.all.map {
        [$0.name, TerminalText.escape($0.shown(loaded.settings)), loaded.source(of: $0).place]
      }
      Output.text(TextTable(rows).text)
    }
  }

  private static func object(_ key: SettingKey, _ loaded: LoadedConfiguration) -> JSONLine {
    let source = loaded.source(of: key)
    var object = JSONLine()
    object.add("key", key.name)
    if !key.isSecret, let text = key.publicText(loaded.settings) { object.add("value", text) }
    object.add("set", source.kind != .default)
    object.add("source", source.kind.rawValue)
    object.add("place", source.place)
    if key.isSecret { object.add("secret", true) }
    return object
  }
}
