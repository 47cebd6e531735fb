import Configuration

/// What one source says: texts by the names of keys.
///
/// All sources are texts, so one provider serves them all; flags, environment, YAML and directories differ in how
/// they are read.
struct SettingLayer: ConfigProvider, ConfigSnapshot {
  struct Entry: Hashable, Sendable {
    /// One, or those of a list.
    var texts: [String]
    /// Where it stands; see ``SettingSource/place``.
    let place: String
  }

  let kind: SettingSource.Kind
  /// By the names of keys.
  private(set) var entries: [String: Entry] = [:]

  init(_ kind: SettingSource.Kind) {
    self.kind = kind
  }

  /// Notes a value; nothing that was noted before is lost unseen.
  ///
  /// - Throws: ``SettingProblem/Code/conflict`` if there is one already.
  mutating func add(_ key: String, _ texts: [String], at place: String) throws(SettingProblem) {
    if let first = entries[key] {
      throw SettingProblem(
        .conflict, key: key, source: SettingSource(kind: kind, place: place),
        "\(key) is set twice: at \(TerminalText.escape(first.place)) and at \(TerminalText.escape(place)); "
          + "remove one of them")
    }
    entries[key] = Entry(texts: texts, place: place)
  }

  /// Notes a value in the place of what was noted before.
  mutating func replace(_ key: String, _ texts: [String], at place: String) {
    entries[key] = Entry(texts: texts, place: place)
  }

  // MARK: ConfigProvider

  var providerName: String { kind.rawValue }

  func value(forKey key: AbsoluteConfigKey, type: ConfigType) -> LookupResult {
    let name = key.components.joined(separator: ".")
    guard let entry = entries[name] else { return LookupResult(encodedKey: name, value: nil) }
    let content: ConfigContent =
      type == .stringArray ? .stringArray(entry.texts) : .string(entry.texts.joined(separator: ","))
    return LookupResult(encodedKey: entry.place, value: ConfigValue(content, isSecret: false))
  }

  func fetchValue(forKey key: AbsoluteConfigKey, type: ConfigType) async -> LookupResult {
    value(forKey: key, type: type)
  }

  nonisolated(nonsending) func watchValue<Return: ~Copyable>(
    forKey key: AbsoluteConfigKey, type: ConfigType,
    updatesHandler:
      nonisolated(nonsending) (ConfigUpdatesAsyncSequence<Result<LookupResult, any Error>, Never>)
      async throws -> Return
  ) async throws -> Return {
    try await watchValueFromValue(forKey: key, type: type, updatesHandler: updatesHandler)
  }

  func snapshot() -> any ConfigSnapshot { self }

  nonisolated(nonsending) func watchSnapshot<Return: ~Copyable>(
    updatesHandler:
      nonisolated(nonsending) (ConfigUpdatesAsyncSequence<any ConfigSnapshot, Never>) async throws -> Return
  ) async throws -> Return {
    try await watchSnapshotFromSnapshot(updatesHandler: updatesHandler)
  }
}
