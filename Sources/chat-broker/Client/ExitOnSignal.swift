import Synchronization
import UnixSignals

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Ends a client command on Ctrl-C and the like, after it has tidied up. The exit code is 128 and the signal's
/// number.
enum ExitOnSignal {
  /// How long tidying up may take.
  static let patience = Duration.seconds(1)

  /// Does the command's work.
  static func during(
    tidyUp: @escaping @Sendable () async -> Void, _ work: () async throws -> Void
  ) async throws {
    let sequence = await UnixSignalsSequence(trapping: .sigint, .sigterm, .sighup)
    let caught = Caught()
    let watcher = Task {
      for await signal in sequence {
        caught.signal.store(signal.rawValue, ordering: .sequentiallyConsistent)
        Task {
          try? await Task.sleep(for: patience)
          _exit(128 + signal.rawValue)
        }
        await tidyUp()
        _exit(128 + signal.rawValue)
      }
    }
    let result: Result<Void, any Error>
    do {
      result = .success(try await work())
    } catch {
      result = .failure(error)
    }
    // Tidying up makes the work end too, but not the command, which the watcher is about to do.
    if caught.signal.load(ordering: .sequentiallyConsistent) != 0 { try? await Task.sleep(for: patience * 2) }
    watcher.cancel()
    try result.get()
  }

  private final class Caught: Sendable {
    /// 0: none.
    let signal = Atomic<Int32>(0)
  }
}
