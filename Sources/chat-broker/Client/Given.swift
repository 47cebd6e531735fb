/// What a client command was given, and where.
struct Given {
  let text: String
  let source: SettingSource

  /// The flag's value, else that of the first variable that is set; nil: nothing was given.
  init?(_ value: String?, flag: String, variables: [String], in environment: Environment) {
    if let value {
      text = value
      source = SettingSource(kind: .flag, place: flag)
    } else if let variable = variables.first(where: { environment[$0] != nil }),
      let value = environment[variable]
    {
      text = value
      source = SettingSource(kind: .environment, place: variable)
    } else {
      return nil
    }
  }

  /// Somebody wrote it on the command line.
  var isFlag: Bool { source.kind == .flag }

  func failure(_ name: String, allowed: String) -> CommandFailure {
    ConfigurationError(problems: [.notAllowed(name, value: text, from: source, allowed: allowed)]).failure
  }
}
