import ArgumentParser

/// Where the files with settings are, for the commands that read the configuration of the broker.
struct ConfigurationFiles: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "A YAML file with settings. Default: $CHAT_CONFIG, or none.", valueName: "file"),
    completion: .file(extensions: ["yaml", "yml"]))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "A directory with a file for each setting, such as a mounted ConfigMap or Secret. Repeatable; the last one "
        + "goes before the others. Default: $CHAT_CONFIG_DIRECTORY, or none.",
      valueName: "dir"),
    completion: .directory)
  var configDirectory: [String] = []

  /// What these files and the environment say, behind what flags do.
  func sources(flags: FlagReader = FlagReader(), _ environment: Environment) -> ConfigurationSources {
    ConfigurationSources(flags: flags, file: config, directories: configDirectory, environment: environment)
  }
}
