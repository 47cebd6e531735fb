#if canImport(Darwin)
  import Darwin
#elseif canImport(Musl)
  import Musl
#else
  import Glibc
#endif

/// A running broker.
struct BrokerProcess: Sendable {
  /// How to start it. The same each time, so that a restarted broker finds its port and its data.
  struct Configuration: Sendable {
    /// Path of the executable.
    var executable: String
    var port: UInt16
    var dataDirectory: String
    /// Standard output and error are appended here.
    var logFile: String
    /// Further arguments of `serve`.
    var arguments: [String] = []
  }

  /// How a broker ended.
  enum End: Hashable, Sendable {
    case exited(Int32)
    case signalled(Int32)
  }

  private static let startLimit: Duration = .seconds(30)
  private static let endLimit: Duration = .seconds(60)
  private static let pollInterval: Duration = .milliseconds(2)
  private static let readyText = Array("listening on".utf8)

  let id: pid_t
  private let configuration: Configuration

  /// Starts a broker and returns when it listens.
  static func start(_ configuration: Configuration) async throws -> BrokerProcess {
    let logStart = fileSize(configuration.logFile)
    let broker = BrokerProcess(id: try spawn(configuration), configuration: configuration)
    let deadline = ContinuousClock.now + startLimit
    while !fileContains(readyText, in: configuration.logFile, from: logStart) {
      if let end = broker.endIfEnded() {
        throw RunError("the broker ended at start (\(end)): see \(configuration.logFile)")
      }
      if ContinuousClock.now > deadline {
        _ = try? await broker.kill()
        throw RunError("the broker did not listen within \(startLimit): see \(configuration.logFile)")
      }
      try await Task.sleep(for: pollInterval)
    }
    return broker
  }

  /// Ends it without warning, as a power cut of the process.
  func kill() async throws -> End {
    _ = signal(SIGKILL)
    return try await end()
  }

  /// Asks it to drain and end.
  func terminate() async throws -> End {
    _ = signal(SIGTERM)
    return try await end()
  }

  private func signal(_ number: Int32) -> Bool {
    #if canImport(Darwin)
      Darwin.kill(id, number) == 0
    #elseif canImport(Musl)
      Musl.kill(id, number) == 0
    #else
      Glibc.kill(id, number) == 0
    #endif
  }

  private func end() async throws -> End {
    let deadline = ContinuousClock.now + Self.endLimit
    while true {
      if let end = endIfEnded() { return end }
      if ContinuousClock.now > deadline {
        throw RunError("the broker, process \(id), did not end within \(Self.endLimit): end it by hand")
      }
      try await Task.sleep(for: Self.pollInterval)
    }
  }

  private func endIfEnded() -> End? {
    var status: Int32 = 0
    guard waitpid(id, &status, WNOHANG) == id else { return nil }
    // The macros that take a status apart are not visible to Swift.
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .signalled(signal)
  }

  // MARK: Starting

  private static func spawn(_ configuration: Configuration) throws(RunError) -> pid_t {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
    #else
      var actions = posix_spawn_file_actions_t()
    #endif
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(
      &actions, 1, configuration.logFile, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)

    let arguments =
      [
        configuration.executable, "serve", "--port", String(configuration.port), "--http-port", "off",
        "--admin-port", "off",
        "--data", configuration.dataDirectory,
      ] + configuration.arguments
    var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
    pointers.append(nil)
    defer { for pointer in pointers { free(pointer) } }

    // What it says at its start is for people, and looked for here.
    setenv("CHAT_LOG_FORMAT", "text", 1)
    var id: pid_t = 0
    var result = posix_spawn(&id, configuration.executable, &actions, nil, pointers, environ)
    // Another thread's child may hold a file that was just written open until it has started its own program.
    for _ in 0..<100 where result == ETXTBSY {
      usleep(10_000)
      result = posix_spawn(&id, configuration.executable, &actions, nil, pointers, environ)
    }
    guard result == 0 else {
      let reason = String(cString: strerror(result))
      throw RunError("cannot start \(configuration.executable) (\(reason)): build it, or fix --broker")
    }
    return id
  }

  // MARK: Log

  private static func fileSize(_ path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }

  private static func fileContains(_ text: [UInt8], in path: String, from offset: Int) -> Bool {
    let descriptor = open(path, O_RDONLY)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let capacity = 64 * 1024
    let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
      count = max(0, pread(descriptor, buffer.baseAddress, capacity, off_t(offset)))
    }
    return bytes.indices.contains { bytes[$0...].starts(with: text) }
  }
}
