/// redis-server as a publish-subscribe broker: nothing is stored.
enum RedisLauncher: Launcher {
  static func program() throws -> String { try installed("redis-server", package: "redis-server") }

  static func command(program: String, port: Int, folder: TemporaryFolder) -> [String] {
    shared(program: program, port: port, folder: folder) + ["--appendonly", "no"]
  }

  /// Without the snapshots, and without the limit at which Redis disconnects a subscriber that lags.
  static func shared(program: String, port: Int, folder: TemporaryFolder) -> [String] {
    [
      program, "--port", String(port), "--bind", "127.0.0.1", "--protected-mode", "no", "--save", "",
      "--dir", folder.path, "--maxclients", "19000", "--tcp-backlog", "4096",
      "--client-output-buffer-limit", "pubsub 0 0 0",
    ]
  }

  static func version(program: String) -> String { firstLine([program, "--version"]) }
}
