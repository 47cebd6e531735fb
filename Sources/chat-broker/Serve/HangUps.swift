import UnixSignals

/// What SIGHUP says to the broker: to read its configuration again, or that its terminal has gone.
///
/// Made before anything that takes time: untrapped, the signal ends the process.
struct HangUps: Sendable {
  let signals: UnixSignalsSequence
  /// The terminals that the program was started in, as far as it was.
  private let terminals = Terminal.open

  /// SIGHUP ends the process no more when this returns; one that comes before somebody looks waits in ``signals``.
  init() async { signals = await UnixSignalsSequence(trapping: .sighup) }

  /// A terminal that the program was started in was closed: then nobody can stop the broker any more.
  var isTerminalGone: Bool { terminals.contains { !Terminal.isOpen($0) } }
}
