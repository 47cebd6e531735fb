#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How a command ends, in the numbers of `sysexits.h`.
enum ExitStatus: Int32, Sendable {
  case usage = 64
  /// The broker refused it, and a retry will not help.
  case refused = 65
  /// Cannot connect or listen.
  case unavailable = 69
  case `internal` = 70
  /// The store, a file, input or output.
  case inputOutput = 74
  /// It may work later.
  case temporary = 75
  case configuration = 78
  case interrupted = 130
}

/// Why a command could not do its work: a sentence for people, a number for scripts.
struct CommandFailure: Error, Hashable, Sendable {
  let status: ExitStatus
  /// What happened and what to do next; empty if it was said already.
  let message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  /// Says it and ends the process.
  func exit() -> Never {
    if !message.isEmpty { Output.error(message) }
    #if canImport(Glibc)
      Glibc.exit(status.rawValue)
    #elseif canImport(Musl)
      Musl.exit(status.rawValue)
    #else
      Darwin.exit(status.rawValue)
    #endif
  }
}
