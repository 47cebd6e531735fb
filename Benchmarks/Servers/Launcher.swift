/// How one server is found and started.
protocol Launcher {
  /// Path of the program, made if it is ours and not there.
  static func program() throws -> String
  /// The command that starts it on this port, with everything it writes in this folder.
  static func command(program: String, port: Int, folder: TemporaryFolder) throws -> [String]
  /// One line that names its version.
  static func version(program: String) -> String
}

extension Launcher {
  /// A server that the system's package manager brings.
  static func installed(_ name: String, package: String) throws -> String {
    guard let path = BuildFolder.find(name) else {
      throw BenchmarkError("\(name) is not installed: sudo apt install \(package)")
    }
    return path
  }

  /// The first line of what a command prints.
  static func firstLine(_ arguments: [String]) -> String {
    let output = (try? ChildProcess.run(arguments))?.output ?? ""
    return output.split(separator: "\n").first.map(String.init) ?? "unknown version"
  }
}
