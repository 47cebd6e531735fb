import ArgumentParser
import Logging

/// The options of all commands that read the configuration of the broker.
///
/// Those that people use every day have a declaration, for help and completion. All others are taken by the names
/// of their keys: `--limits-body-bytes 1000`.
struct SettingOptions: ParsableArguments {
  @OptionGroup var files: ConfigurationFiles

  @Option(help: help("node", "name"))
  var node: String?

  @Option(help: help("host", "host"))
  var host: String?

  @Option(help: help("port", "port"))
  var port: String?

  @Option(help: help("http.port", "port"))
  var httpPort: String?

  @Option(help: help("http.allow_origin", "origin"))
  var allowOrigin: [String] = []

  @Option(help: help("admin.host", "host"))
  var adminHost: String?

  @Option(help: help("admin.port", "port"))
  var adminPort: String?

  @Option(help: help("admin.key_file", "file"), completion: .file())
  var adminKeyFile: String?

  @Option(help: help("data", "dir"), completion: .directory)
  var data: String?

  @Option(help: help("loops", "number"))
  var loops: String?

  @Option(help: help("log.level", "level"), completion: .list(Logger.Level.allCases.map(\.rawValue)))
  var logLevel: String?

  @Option(help: help("log.format", "format"), completion: .list(LogSettings.Format.allCases.map(\.rawValue)))
  var logFormat: String?

  @Option(help: help("retention.none", "broadcast:prefix"))
  var retentionNone: [String] = []

  @Flag(help: help("allow_insecure_remote"))
  var allowInsecureRemote = false

  @Argument(
    parsing: .allUnrecognized,
    help: ArgumentHelp(
      "Every other setting by its name, such as --limits-body-bytes 1000; `chat-broker config keys` lists all.",
      valueName: "--setting value"))
  var others: [String] = []

  /// What these options and the environment say.
  func sources(_ environment: Environment) -> ConfigurationSources {
    var flags = FlagReader()
    for (key, texts) in declared { flags.add(key, texts) }
    flags.read(others)
    return files.sources(flags: flags, environment)
  }

  private var declared: [(key: String, texts: [String])] {
    let single = [
      ("node", node), ("host", host), ("port", port), ("http.port", httpPort), ("admin.host", adminHost),
      ("admin.port", adminPort), ("admin.key_file", adminKeyFile), ("data", data), ("loops", loops),
      ("log.level", logLevel), ("log.format", logFormat),
    ]
    return single.compactMap { key, text in text.map { (key, [$0]) } } + [
      ("http.allow_origin", allowOrigin), ("retention.none", retentionNone),
      ("allow_insecure_remote", allowInsecureRemote ? ["true"] : []),
    ]
  }

  /// What the table of keys says.
  private static func help(_ key: String, _ value: String? = nil) -> ArgumentHelp {
    guard let key = SettingKeys.named[key] else { return "" }
    let repeatable = key.isList ? " Repeatable." : ""
    let choice = key.type == "choice" ? " One of \(key.allowed)." : ""
    let hasDefault = !key.defaultText.isEmpty && !key.isTruth
    let otherwise = hasDefault ? " Default: \(key.defaultText)." : ""
    return ArgumentHelp(
      stringLiteral: key.sentence + choice + repeatable + otherwise
    ).valued(value)
  }
}

extension ArgumentHelp {
  fileprivate func valued(_ name: String?) -> ArgumentHelp {
    var help = self
    help.valueName = name
    return help
  }
}
