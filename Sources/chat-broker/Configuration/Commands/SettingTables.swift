/// The tables of `Docs/configuration.md`.
enum SettingTables {
  private static let titles = [
    "": "General", "http": "Chat page and WebSocket", "admin": "Operators", "log": "Log", "drain": "Stopping",
    "limits": "Limits", "retention": "General",
  ]

  /// One table for each group of keys.
  static var markdown: String {
    var sections: [(title: String, keys: [SettingKey])] = []
    for key in SettingKeys.all {
      let title = title(of: key)
      if sections.last?.title == title {
        sections[sections.count - 1].keys.append(key)
      } else {
        sections.append((title, [key]))
      }
    }
    return sections.map { "### \($0.title)\n\n" + table($0.keys) }.joined(separator: "\n")
  }

  private static func title(of key: SettingKey) -> String {
    let group = key.name.contains(".") ? String(key.name.prefix { $0 != "." }) : ""
    return titles[group] ?? group
  }

  private static func table(_ keys: [SettingKey]) -> String {
    let rows = keys.map { key in
      "| `\(key.name)` | \(key.sentence)\(key.isSecret ? " A secret." : "") | \(key.allowed)"
        + "\(key.unit.map { ", in \($0)" } ?? "") | \(key.defaultText.isEmpty ? "none" : key.defaultText) | "
        + "\(key.isLive ? "live" : "restart") |\n"
    }
    return "| Key | What it is | Allowed | Default | A change |\n|---|---|---|---|---|\n" + rows.joined()
  }
}
