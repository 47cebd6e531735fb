/// redis-server that syncs its append-only file before it answers.
enum RedisStreamsLauncher: Launcher {
  static func program() throws -> String { try RedisLauncher.program() }

  static func command(program: String, port: Int, folder: TemporaryFolder) -> [String] {
    RedisLauncher.shared(program: program, port: port, folder: folder)
      + ["--appendonly", "yes", "--appendfsync", "always"]
  }

  static func version(program: String) -> String { RedisLauncher.version(program: program) }
}
