/// nats-server without storage.
enum NATSLauncher: Launcher {
  static func program() throws -> String { try installed("nats-server", package: "nats-server") }

  static func command(program: String, port: Int, folder: TemporaryFolder) -> [String] {
    [program, "--addr", "127.0.0.1", "--port", String(port)]
  }

  static func version(program: String) -> String { firstLine([program, "--version"]) }
}
