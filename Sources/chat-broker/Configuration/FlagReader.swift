/// Reads settings from the command line: those with options of their own, and all the others by their names.
struct FlagReader {
  private(set) var layer = SettingLayer(.flag)
  private(set) var problems: [SettingProblem] = []

  /// Notes what an option of its own was given; no texts: it was not given.
  mutating func add(_ key: String, _ texts: [String]) {
    guard !texts.isEmpty, let flag = SettingKeys.named[key]?.flags.last else { return }
    layer.replace(key, texts, at: flag)
  }

  /// Reads what has no option of its own: `--limits-body-bytes 1000`, `--limits-body-bytes=1000`.
  mutating func read(_ arguments: [String]) {
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let name = String(argument.prefix { $0 != "=" })
      guard let key = SettingKeys.byFlag[name] else {
        problems.append(Self.unknown(argument, name))
        // Its value, if it has one, says nothing more.
        if name == argument, name.hasPrefix("-"), rest.first?.hasPrefix("-") == false { rest.removeFirst() }
        continue
      }
      if name != argument {
        add(key, name, String(argument.dropFirst(name.count + 1)))
      } else if key.isTruth {
        add(key, name, "true")
      } else if let value = rest.popFirst() {
        add(key, name, value)
      } else {
        problems.append(
          SettingProblem(
            .notAllowed, key: key.name, source: SettingSource(kind: .flag, place: name),
            "\(name) lacks its value: use \(key.allowed)"))
      }
    }
  }

  private mutating func add(_ key: SettingKey, _ flag: String, _ text: String) {
    let before = key.isList ? layer.entries[key.name]?.texts ?? [] : []
    layer.replace(key.name, before + [text], at: flag)
  }

  private static func unknown(_ argument: String, _ name: String) -> SettingProblem {
    let source = SettingSource(kind: .flag, place: name)
    let shown = TerminalText.escape(name)
    if let secret = SettingKeys.all.first(where: { $0.isSecret && SettingKey.flag($0.name) == name }) {
      return SettingProblem(
        .notAllowed, key: secret.name, source: source,
        "\(shown) is a secret, which others could read on the command line: use \(secret.variables[0]), or a file of "
          + "that name in a directory that --config-directory names")
    }
    let isOption = name.hasPrefix("-")
    let candidates = isOption ? Array(SettingKeys.byFlag.keys).sorted() : ChatBroker.commandNames
    let hint = NearestName.find(name, in: candidates).map { "did you mean \($0)?" }
    return SettingProblem(
      .unknownKey, source: source,
      isOption
        ? "there is no option \(shown): \(hint ?? "`chat-broker config keys` lists all")"
        : "there is no command \"\(shown)\": \(hint ?? "`chat-broker help` lists all")")
  }
}
