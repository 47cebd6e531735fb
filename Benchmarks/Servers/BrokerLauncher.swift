import Foundation

/// Our own broker, as it is shipped.
enum BrokerLauncher: Launcher {
  /// Conversations with this prefix are not stored.
  static let unstoredPrefix = "broadcast:live/"

  /// Where `make broker` builds: apart from this program, because it is linked as it is shipped.
  private static let file = ".build-broker/release/chat-broker"

  /// The broker that CHAT_BROKER names, or else the one of this checkout, built again if it was changed.
  static func program() throws -> String {
    if let path = ProcessInfo.processInfo.environment["CHAT_BROKER"] {
      guard FileManager.default.isExecutableFile(atPath: path) else {
        throw BenchmarkError("CHAT_BROKER is \(path), which is no program: name a chat-broker, or unset it")
      }
      return path
    }
    return try built.get()
  }

  private static let built = Result { try build() }

  private static func build() throws -> String {
    if !FileManager.default.isExecutableFile(atPath: BuildFolder.package + "/" + file) {
      Note.write("building chat-broker in .build-broker, which takes some minutes")
    }
    return try BuildFolder.make("broker", at: file)
  }

  static func command(program: String, port: Int, folder: TemporaryFolder) -> [String] {
    command(program: program, port: port, httpPort: nil, folder: folder)
  }

  /// - Parameter httpPort: where WebSocket is; nil: there is none.
  static func command(program: String, port: Int, httpPort: Int?, folder: TemporaryFolder) -> [String] {
    [
      program, "serve", "--port", String(port), "--http-port", httpPort.map(String.init) ?? "off",
      "--admin-port", "off", "--data",
      folder.file("data"), "--loops", "1",
      "--log-level", "warning", "--retention-none", unstoredPrefix,
    ]
  }

  static func version(program: String) -> String { firstLine([program, "--version"]) }
}
