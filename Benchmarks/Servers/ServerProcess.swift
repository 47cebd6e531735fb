import Foundation

/// A server that runs and listens, alone on its core.
final class ServerProcess {
  private static let startLimit = 30.0
  private static let pollInterval: useconds_t = 5_000
  /// Of what it wrote, for the message when it fails.
  private static let logBytes = 2_000

  let kind: ServerKind
  let port: Int
  /// Where subscribers connect over WebSocket; nil: this server has none.
  let webSocketPort: Int?
  private let folder: TemporaryFolder
  private let child: ChildProcess

  var id: pid_t { child.id }

  /// - Parameters:
  ///   - core: the core that it may use.
  ///   - environment: set for it, beside what this program has.
  init(_ kind: ServerKind, core: Int, environment: [String: String] = [:]) throws {
    self.kind = kind
    folder = try TemporaryFolder()
    port = try Loopback.freePort()
    let program = try kind.launcher.program()
    let command: [String]
    if kind.usesWebSocket {
      let httpPort = try Loopback.freePort()
      command = BrokerLauncher.command(program: program, port: port, httpPort: httpPort, folder: folder)
      webSocketPort = httpPort
    } else {
      command = try kind.launcher.command(program: program, port: port, folder: folder)
      webSocketPort = nil
    }
    guard BuildFolder.find("taskset") != nil else {
      throw BenchmarkError(
        "taskset, which keeps a server on its core, is missing: sudo apt install util-linux")
    }
    // taskset becomes the program, so the process id stays.
    child = try ChildProcess(
      ["taskset", "--cpu-list", String(core)] + command, environment: environment,
      output: .file(folder.file("log")), error: .file(folder.file("log")))
    try waitUntilItListens()
  }

  func stop() { child.stop() }

  func signal(_ number: Int32) { child.signal(number) }

  /// Throws if it has ended by itself.
  func check() throws {
    if let code = child.exitCode() {
      throw BenchmarkError("\(kind.title) ended with status \(code)\(logText())")
    }
  }

  /// The end of what it wrote, on a line of its own.
  func logText() -> String {
    guard let log = try? String(contentsOfFile: folder.file("log"), encoding: .utf8), !log.isEmpty else {
      return ""
    }
    return "; it wrote:\n\(log.suffix(Self.logBytes))"
  }

  private func waitUntilItListens() throws {
    let deadline = Date().addingTimeInterval(Self.startLimit)
    while !Loopback.listens(port) || webSocketPort.map({ !Loopback.listens($0) }) ?? false {
      try check()
      guard Date() < deadline else {
        throw BenchmarkError("\(kind.title) did not listen within \(Int(Self.startLimit)) s\(logText())")
      }
      usleep(Self.pollInterval)
    }
  }
}
