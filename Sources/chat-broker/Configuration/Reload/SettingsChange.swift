/// What other settings mean for a broker that runs.
struct SettingsChange: Sendable {
  /// One key that has another value.
  struct Item: Hashable, Sendable, CustomStringConvertible {
    let key: String
    /// As people are shown them; no secrets.
    let before: String
    let after: String

    var description: String { "\(key) \(Self.quoted(before)) → \(Self.quoted(after))" }

    private static func quoted(_ text: String) -> String {
      text.isEmpty ? "(none)" : TerminalText.escape(text)
    }
  }

  /// What the broker runs with when the change was applied.
  private(set) var settings: Settings
  /// Those that are taken live.
  private(set) var live: [Item] = []
  /// Those that are taken by the next start.
  private(set) var restart: [Item] = []

  /// - Parameters:
  ///   - running: what the broker runs with.
  ///   - wanted: what was read.
  init(from running: Settings, to wanted: Settings) {
    settings = running
    for key in SettingKeys.all where key.text(running) != key.text(wanted) {
      let item = Item(key: key.name, before: key.shown(running), after: key.shown(wanted))
      if key.isLive {
        live.append(item)
        key.copy(from: wanted, to: &settings)
      } else {
        restart.append(item)
      }
    }
  }
}
