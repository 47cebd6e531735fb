/// The practical limit: a minimal server in C that forwards batches with one write for each subscriber.
enum LimitLauncher: Launcher {
  static func program() throws -> String {
    try BuildFolder.make("limit-server", at: ".build/limit-server")
  }

  static func command(program: String, port: Int, folder: TemporaryFolder) -> [String] {
    [program, String(port)]
  }

  static func version(program: String) -> String { "Benchmarks/limit-server.c" }
}
