import ArgumentParser

/// `chat-broker config check`
struct ConfigCheck: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Say everything that is wrong with the settings.",
    discussion: """
      Reads what `serve` would read with the same options and environment, with the certificates and keys that the \
      settings name, and starts nothing. Ends with 0 if the broker would take it, with 78 if a setting or a file is \
      wrong, with 64 if an option is.

      EXAMPLES
        chat-broker config check --config chat-broker.yaml
        chat-broker config check --config-directory /etc/chat-broker/settings --json
      """)

  @OptionGroup var options: SettingOptions

  @Flag(help: "Print one JSON object for each thing that is wrong.")
  var json = false

  func run() async throws {
    do throws(ConfigurationError) {
      let loaded = try options.sources(.process).load()
      let problems = await ReferencedFiles.problems(of: loaded.settings)
      guard problems.isEmpty else {
        throw ConfigurationError(problems: problems, warnings: loaded.warnings)
      }
      for warning in loaded.warnings { Output.error(warning) }
      if !json {
        Output.line("the settings are good; \(loaded.sources.count) are set, all others have their defaults")
      }
    } catch {
      guard json else { throw error }
      for warning in error.warnings { Output.error(warning) }
      for problem in error.problems { Output.line(Self.object(problem).text) }
      // The lines above have said it.
      throw CommandFailure(error.failure.status, "")
    }
  }

  private static func object(_ problem: SettingProblem) -> JSONLine {
    var object = JSONLine()
    object.add("code", problem.code.rawValue)
    if let key = problem.key { object.add("key", key) }
    if let source = problem.source {
      object.add("source", source.kind.rawValue)
      object.add("place", source.place)
    }
    object.add("message", problem.description)
    return object
  }
}
