#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How a command ends, in the numbers of `sysexits.h` as far as it has one.
enum ExitStatus: Int32, Sendable {
  /// `health`: a part of the broker does not work, or there is no answer.
  case unhealthy = 1
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
  /// The broker has ended itself, because an event loop did not answer any longer: start it again.
  case wedged = 80
  /// The broker has drained and ended by itself, because it took more memory than it may: start it again.
  case memory = 81
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
