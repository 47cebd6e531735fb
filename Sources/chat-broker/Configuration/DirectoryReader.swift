/// Reads settings from a directory that has a file for each value, such as a mounted ConfigMap or Secret.
struct DirectoryReader {
  static let mostFiles = 1_000
  static let mostBytes = 64 * 1024
  /// Kubernetes writes a whole new directory and then makes this link point to it, so that all files change
  /// at once.
  static let currentLink = "..data"

  private(set) var layer = SettingLayer(.directory)
  private(set) var problems: [SettingProblem] = []
  private let path: String

  init(path: String) {
    self.path = path
    do throws(FileFailure) {
      let directory = Self.current(path)
      for name in try TextFile.names(in: directory, most: Self.mostFiles) where !name.hasPrefix(".") {
        if !TextFile.isDirectory(directory + "/" + name) { add(name, directory + "/" + name) }
      }
    } catch {
      let source = SettingSource(kind: .directory, place: path)
      problems.append(
        SettingProblem(
          .unreadable, source: source,
          "the configuration directory \(source) cannot be used: \(error.reason); name another with "
            + "--config-directory DIR or CHAT_CONFIG_DIRECTORY"))
    }
  }

  /// Where its files are now: all that is read from there belongs together, whatever Kubernetes does meanwhile.
  static func current(_ path: String) -> String {
    RealPath.of(path + "/" + currentLink) ?? path
  }

  private mutating func add(_ name: String, _ file: String) {
    let source = SettingSource(kind: .directory, place: path + "/" + name)
    guard let key = SettingKeys.named[name] ?? SettingKeys.byVariable[name] else {
      return problems.append(
        .unknown(
          name,
          nearest: NearestName.find(
            name, in: SettingKeys.all.map(\.name) + SettingKeys.byVariable.keys.sorted()),
          from: source))
    }
    do throws(FileFailure) {
      let bytes = try TextFile.read(file, most: Self.mostBytes)
      guard let text = String(validating: bytes, as: UTF8.self) else {
        throw FileFailure(reason: "it is not UTF-8")
      }
      do throws(SettingProblem) {
        try layer.add(key.name, SettingText.texts(Self.trimmed(text), of: key), at: path + "/" + name)
      } catch {
        problems.append(error)
      }
    } catch {
      problems.append(
        SettingProblem(
          .unreadable, key: key.name, source: source, "\(source) cannot be read: \(error.reason)"))
    }
  }

  /// Editors and `echo` end a file with a line end, which is no part of the value.
  private static func trimmed(_ text: String) -> String {
    text.last?.isNewline == true ? String(text.dropLast()) : text
  }
}
