import UnixSignals

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Lets an impatient operator end the broker: the first signal stops it gracefully, the second at once.
///
/// `ServiceGroup` takes the first and is deaf to a repeated one.
enum SecondSignal {
  static let signals: [UnixSignal] = [.sigterm, .sigint]

  /// Watches until the task is cancelled. Signals are caught when this returns.
  static func watch() async -> Task<Void, Never> {
    let sequence = await UnixSignalsSequence(trapping: signals)
    return Task {
      var isFirst = true
      for await signal in sequence {
        // Ended while it drains: clients retry what was not acknowledged, so nothing is lost.
        if !isFirst { _exit(128 + signal.rawValue) }
        isFirst = false
        if Terminal.isOutput { Output.line("\nstopping; once more ends it at once") }
      }
    }
  }
}
