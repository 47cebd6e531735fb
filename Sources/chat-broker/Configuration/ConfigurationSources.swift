import Configuration
import Synchronization

/// Where the configuration is read from, as often as it is wanted.
struct ConfigurationSources: Sendable {
  /// From the command line, which does not change.
  let flags: FlagReader
  let environment: Environment
  /// The YAML file; nil: none.
  let file: String?
  /// Directories with a file for each value; a later one goes before an earlier one.
  let directories: [String]

  /// - Parameters:
  ///   - file: from the command line; else `CHAT_CONFIG` names it.
  ///   - directories: from the command line; else `CHAT_CONFIG_DIRECTORY` has them, with commas.
  init(flags: FlagReader, file: String?, directories: [String], environment: Environment) {
    self.flags = flags
    self.environment = environment
    self.file = file ?? environment["CHAT_CONFIG"]
    self.directories =
      directories.isEmpty ? SettingText.list(environment["CHAT_CONFIG_DIRECTORY"] ?? "") : directories
  }

  /// Files and directories that can change.
  var paths: [String] { (file.map { [$0] } ?? []) + directories }

  /// Reads all sources and checks everything.
  ///
  /// - Throws: everything that is wrong, together.
  func load() throws(ConfigurationError) -> LoadedConfiguration {
    let (loaded, problems) = read()
    guard problems.isEmpty else {
      throw ConfigurationError(problems: problems, warnings: loaded.warnings)
    }
    return loaded
  }

  /// Reads all sources as far as they are good, for those who have to go on.
  func read() -> (loaded: LoadedConfiguration, problems: [SettingProblem]) {
    // Before they are read, so that no change is missed.
    let stamp = FileStamp(paths)
    var problems = flags.problems
    var layers = [flags.layer, EnvironmentReader.layer(environment)]
    if let file {
      let reader = YAMLReader(path: file)
      problems += reader.problems
      layers.append(reader.layer)
    }
    for directory in directories.reversed() {
      let reader = DirectoryReader(path: directory)
      problems += reader.problems
      layers.append(reader.layer)
    }
    let loaded = resolve(layers, stamp, &problems)
    return (loaded, problems)
  }

  private func resolve(
    _ layers: [SettingLayer], _ stamp: FileStamp, _ problems: inout [SettingProblem]
  ) -> LoadedConfiguration {
    let places = PlaceReporter()
    let reader = ConfigReader(providers: layers, accessReporter: places).snapshot()
    var settings = Settings()
    var sources: [String: SettingSource] = [:]
    let wereReadable = problems.isEmpty
    for key in SettingKeys.all {
      let name = ConfigKey(key.name)
      let texts =
        key.isList
        ? reader.stringArray(forKey: name, isSecret: key.isSecret)
        : reader.string(forKey: name, isSecret: key.isSecret).map { [$0] }
      guard let texts, let source = places.last else { continue }
      sources[key.name] = source
      do throws(SettingProblem) {
        try key.set(texts, from: source, in: &settings)
      } catch {
        problems.append(error)
      }
    }
    if settings.data == nil { settings.data = DataDirectory.default(environment) }
    if settings.data == nil { problems.append(Self.noData) }
    // What could not be read may be what is missed here.
    if wereReadable { problems += settings.conflicts }
    return LoadedConfiguration(
      settings: settings, sources: sources, warnings: EnvironmentReader.warnings(environment), stamp: stamp)
  }

  private static let noData = SettingProblem(
    .conflict, key: "data",
    "no data directory: neither XDG_DATA_HOME nor HOME is set; name one with --data DIR or CHAT_DATA=DIR")
}

/// A configuration that was read.
struct LoadedConfiguration: Sendable {
  let settings: Settings
  /// By key; what is not there has its default.
  let sources: [String: SettingSource]
  /// For people; nothing is refused because of them.
  let warnings: [String]
  /// How the files looked when they were read.
  let stamp: FileStamp

  func source(of key: SettingKey) -> SettingSource { sources[key.name] ?? .default }
}

/// Remembers where the value that was read last came from.
private final class PlaceReporter: AccessReporter {
  private let place = Mutex<SettingSource?>(nil)

  var last: SettingSource? { place.withLock { $0 } }

  func report(_ event: AccessEvent) {
    let found = event.providerResults.lazy.compactMap { provider -> SettingSource? in
      guard case .success(let result) = provider.result, result.value != nil,
        let kind = SettingSource.Kind(rawValue: provider.providerName)
      else { return nil }
      return SettingSource(kind: kind, place: result.encodedKey)
    }.first
    place.withLock { $0 = found }
  }
}
