import Foundation

/// Lets trials run in turn, one at a time, in slices that are short against what disturbs a machine: so all of
/// them meet the same moments of it.
struct Rota {
  /// Seconds; long against what it takes to fill the caches of a core again.
  static let slice = 0.15

  private var trials: [Trial] = []

  /// Takes a trial that has not begun. It gets no time until ``run()``.
  mutating func add(_ trial: Trial) {
    trial.pause()
    trials.append(trial)
  }

  /// Runs all to their ends.
  ///
  /// - Returns: what those measured that came to one, in the order in which they were added.
  mutating func run() throws -> [Measurement] {
    // Only now, because the time of a workload begins with it.
    for trial in trials { try trial.begin() }
    var waiting = trials
    while !waiting.isEmpty {
      for trial in waiting {
        let kind = trial.measurement.server
        var goesOn = false
        let isWell = try Self.attempt(kind) { goesOn = try advance(trial) }
        if !isWell { trials.removeAll { $0 === trial } }
        if !goesOn {
          trial.stop()
          waiting.removeAll { $0 === trial }
        }
      }
    }
    return trials.map(\.measurement)
  }

  private func advance(_ trial: Trial) throws -> Bool {
    trial.resume()
    guard try trial.advance(for: Self.slice) else {
      trial.pause()
      return true
    }
    trial.noteInTurn()
    return false
  }

  /// Does something for a server. A peer that cannot do the work is a result, too; others end it all.
  ///
  /// - Returns: whether it went well.
  @discardableResult
  static func attempt(_ kind: ServerKind, _ body: () throws -> Void) throws -> Bool {
    do {
      try body()
      return true
    } catch let error as BenchmarkError where kind.isPeer {
      Note.write("\(error)")
      return false
    }
  }

  func stop() {
    for trial in trials { trial.stop() }
  }
}
