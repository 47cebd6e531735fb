/// nats-server with streams in files.
enum JetStreamLauncher: Launcher {
  static func program() throws -> String { try NATSLauncher.program() }

  static func command(program: String, port: Int, folder: TemporaryFolder) -> [String] {
    NATSLauncher.command(program: program, port: port, folder: folder)
      + ["--jetstream", "--store_dir", folder.path]
  }

  static func version(program: String) -> String { NATSLauncher.version(program: program) }
}
