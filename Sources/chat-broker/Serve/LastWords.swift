#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Ends a process that hangs.
enum LastWords {
  /// How long standard error may take to take the sentence, in milliseconds: it may be what everything hangs on.
  private static let patience: Int32 = 1_000
  /// A pipe takes so much at once, or nothing.
  private static let mostBytes = 512

  /// Says why, if that is possible, and ends the process.
  static func end(_ message: String, _ status: ExitStatus) -> Never {
    var poller = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    if poll(&poller, 1, patience) == 1 {
      let text = Array("chat-broker: \(message)\n".utf8.prefix(mostBytes))
      _ = write(STDERR_FILENO, text, text.count)
    }
    // Without tidying up, which might hang too. What was acknowledged is stored.
    _exit(status.rawValue)
  }
}
