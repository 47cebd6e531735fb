import Foundation

/// mosquitto with QoS 0: nothing is stored.
enum MosquittoLauncher: Launcher {
  static func program() throws -> String { try installed("mosquitto", package: "mosquitto") }

  static func command(program: String, port: Int, folder: TemporaryFolder) throws -> [String] {
    let settings = """
      listener \(port) 127.0.0.1
      allow_anonymous true
      persistence false
      max_queued_messages 0
      set_tcp_nodelay true
      log_type error

      """
    let file = folder.file("mosquitto.conf")
    try settings.write(toFile: file, atomically: false, encoding: .utf8)
    return [program, "-c", file]
  }

  static func version(program: String) -> String { firstLine([program, "-h"]) }
}
