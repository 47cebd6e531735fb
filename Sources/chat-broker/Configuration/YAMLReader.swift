/// Reads settings from a YAML file: nested mappings, or dotted keys, or both.
struct YAMLReader {
  private(set) var layer = SettingLayer(.file)
  private(set) var problems: [SettingProblem] = []
  private let path: String

  init(path: String) {
    self.path = path
    do throws(FileFailure) {
      let bytes = try TextFile.read(path, most: YAMLDocument.mostBytes)
      do throws(YAMLDocument.Failure) {
        for entry in try YAMLDocument(bytes).entries { add(entry) }
      } catch {
        problems.append(unreadable(error.description, line: error.line))
      }
    } catch {
      problems.append(
        unreadable(
          "\(error.reason); name another with --config FILE or CHAT_CONFIG", line: nil))
    }
  }

  private mutating func add(_ entry: YAMLDocument.Entry) {
    guard let key = SettingKeys.named[entry.key] else {
      return problems.append(
        .unknown(
          entry.key, nearest: NearestName.find(entry.key, in: SettingKeys.all.map(\.name)),
          from: source(entry.line)))
    }
    let texts = entry.isSequence || !key.isList ? entry.texts : SettingText.list(entry.texts.first ?? "")
    guard key.isList || texts.count == 1 else {
      return problems.append(
        .notAllowed(
          key.name, value: key.repeatable(texts), from: source(entry.line),
          allowed: "one value, " + key.allowed))
    }
    do throws(SettingProblem) {
      try layer.add(key.name, texts, at: source(entry.line).place)
    } catch {
      problems.append(error)
    }
  }

  private func source(_ line: Int?) -> SettingSource {
    SettingSource(kind: .file, place: line.map { "\(path):\($0)" } ?? path)
  }

  private func unreadable(_ reason: String, line: Int?) -> SettingProblem {
    let source = source(line)
    return SettingProblem(
      .unreadable, source: source, "the configuration file \(source) cannot be used: \(reason)")
  }
}
