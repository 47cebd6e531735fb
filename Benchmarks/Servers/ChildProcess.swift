import Foundation
import Synchronization

/// A program that this one started. It is ended with this one, whatever ends this one.
final class ChildProcess: Sendable {
  /// Where a child's standard stream leads.
  enum Stream {
    case null
    /// Appended to this file.
    case file(String)
    /// Readable (or, for input, writable) through the descriptor.
    case pipe
    /// Where our own leads.
    case inherited
  }

  private static let killAfter = 5.0
  private static let pollInterval: useconds_t = 2_000

  let id: pid_t
  /// Open if the child's input is a pipe.
  let input: FileHandle?
  /// Open if the child's output is a pipe.
  let output: FileHandle?
  private let status = Mutex<Int32?>(nil)

  /// - Parameter arguments: the first is the program: a path, or a name to be found in PATH.
  init(
    _ arguments: [String], environment: [String: String] = [:], input: Stream = .null,
    output: Stream = .null, error: Stream = .null
  ) throws {
    #if os(Linux)
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #else
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #endif
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    // Ctrl-C is ours to handle: the children start with the usual meaning of signals.
    var signals = sigset_t()
    sigfillset(&signals)
    posix_spawnattr_setsigdefault(&attributes, &signals)
    sigemptyset(&signals)
    posix_spawnattr_setsigmask(&attributes, &signals)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK))

    var ours: [FileHandle?] = []
    var theirs: [Int32] = []
    defer { for descriptor in theirs { close(descriptor) } }
    for (descriptor, stream) in [(Int32(0), input), (1, output), (2, error)] {
      switch stream {
      case .inherited:
        ours.append(nil)
      case .null:
        posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        ours.append(nil)
      case .file(let path):
        posix_spawn_file_actions_addopen(&actions, descriptor, path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        ours.append(nil)
      case .pipe:
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { throw Self.failure("make a pipe", errno) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (mine, child) = descriptor == 0 ? (ends[1], ends[0]) : (ends[0], ends[1])
        posix_spawn_file_actions_adddup2(&actions, child, descriptor)
        ours.append(FileHandle(fileDescriptor: mine, closeOnDealloc: true))
        theirs.append(child)
      }
    }

    let merged = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = merged.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var id: pid_t = 0
    let result = posix_spawnp(&id, arguments.first ?? "", &actions, &attributes, &argv, &envp)
    guard result == 0 else { throw Self.failure("start \(arguments.first ?? "nothing")", result) }
    self.id = id
    self.input = ours[0]
    self.output = ours[1]
    ChildRegistry.add(id)
  }

  deinit { stop() }

  /// Waits until it has ended.
  /// - Returns: what it exited with; 128 and the signal's number if a signal ended it.
  @discardableResult
  func wait() -> Int32 {
    while true {
      if let code = exitCode() { return code }
      usleep(Self.pollInterval)
    }
  }

  /// `nil` while it runs.
  func exitCode() -> Int32? {
    status.withLock { known in
      if let known { return known }
      var value: Int32 = 0
      let waited = waitpid(id, &value, WNOHANG)
      guard waited != 0, !(waited < 0 && errno == EINTR) else { return nil }
      ChildRegistry.remove(id)
      // The macros that take a status apart are not visible to Swift.
      let signal = value & 0x7F
      known = waited < 0 ? 0 : signal == 0 ? (value >> 8) & 0xFF : 128 + signal
      return known
    }
  }

  /// As Ctrl-C does.
  func interrupt() { signal(SIGINT) }

  /// Nothing if it has ended.
  func signal(_ number: Int32) {
    if exitCode() == nil { kill(id, number) }
  }

  /// Asks it to end, and ends it if it does not.
  func stop() {
    guard exitCode() == nil else { return }
    kill(id, SIGTERM)
    let deadline = Date().addingTimeInterval(Self.killAfter)
    while exitCode() == nil, Date() < deadline { usleep(Self.pollInterval) }
    guard exitCode() == nil else { return }
    kill(id, SIGKILL)
    wait()
  }

  /// Runs a program to its end and gives what it wrote to its standard output.
  static func run(_ arguments: [String]) throws -> (status: Int32, output: String) {
    let child = try ChildProcess(arguments, output: .pipe, error: .null)
    let data = try child.output?.readToEnd() ?? Data()
    return (child.wait(), String(decoding: data, as: UTF8.self))
  }

  private static func failure(_ what: String, _ number: Int32) -> BenchmarkError {
    BenchmarkError("cannot \(what): \(String(cString: strerror(number)))")
  }
}
