import ArgumentParser

/// `chat-broker config keys`
struct ConfigKeys: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keys",
    abstract: "List all settings: what they are for, what is allowed, and what holds by default.",
    discussion: """
      EXAMPLES
        chat-broker config keys
        chat-broker config keys --json
        chat-broker config keys --markdown
      """)

  @Flag(help: "Print one JSON object for each setting.")
  var json = false

  @Flag(help: "Print the tables of Docs/configuration.md.")
  var markdown = false

  func validate() throws {
    if json, markdown { throw ValidationError("--json and --markdown exclude each other: use one") }
  }

  func run() {
    if json {
      for key in SettingKeys.all { Output.line(Self.object(key).text) }
    } else if markdown {
      Output.text(SettingTables.markdown)
    } else {
      for key in SettingKeys.all { Output.text(Self.paragraph(key)) }
    }
  }

  private static func paragraph(_ key: SettingKey) -> String {
    let unit = key.unit.map { " (\($0))" } ?? ""
    let notes = (key.isLive ? ["changes live"] : []) + (key.isSecret ? ["secret"] : [])
    let facts = [
      "allowed: \(key.allowed)\(unit)", "default: \(key.defaultText.isEmpty ? "none" : key.defaultText)",
    ]
    return """
      \(key.name)
        \(key.sentence)
        \((facts + notes).joined(separator: "; "))
        \((key.flags.reversed() + key.variables).joined(separator: "  "))

      """
  }

  private static func object(_ key: SettingKey) -> JSONLine {
    var object = JSONLine()
    object.add("key", key.name)
    object.add("type", key.type)
    object.add("allowed", key.allowed)
    object.add("default", key.defaultText)
    if let unit = key.unit { object.add("unit", unit) }
    object.add("live", key.isLive)
    object.add("secret", key.isSecret)
    if let flag = key.flags.first { object.add("flag", flag) }
    object.add("variable", key.variables[0])
    object.add("help", key.sentence)
    return object
  }
}
