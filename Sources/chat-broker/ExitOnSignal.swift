import UnixSignals

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Ends a client command on Ctrl-C and the like, after it has tidied up.
enum ExitOnSignal {
  /// How long tidying up may take.
  static let patience = Duration.seconds(1)

  /// Watches until the task is cancelled. The exit code is 128 and the signal's number.
  static func watch(_ tidyUp: @escaping @Sendable () async -> Void) async -> Task<Void, Never> {
    let sequence = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    return Task {
      for await signal in sequence {
        Task {
          try? await Task.sleep(for: patience)
          _exit(128 + signal.rawValue)
        }
        await tidyUp()
        _exit(128 + signal.rawValue)
      }
    }
  }
}
