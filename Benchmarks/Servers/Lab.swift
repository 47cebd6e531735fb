import Foundation

/// Makes measurements: a fresh server on one core, the load on another.
struct Lab: Sendable {
  var serverCore = 0
  var generatorCore = 1

  /// What to do beside measuring time.
  struct Extras: Sendable {
    var countsAllocations = false
    var countsInstructions = false
    /// A conversation that somebody follows from the start.
    var follower: String?
  }

  /// - Parameter label: for the progress line.
  func measure(
    _ kind: ServerKind, _ workload: Workload, label: String, extras: Extras = Extras()
  ) throws -> Measurement {
    defer { Note.clear() }
    return try explaining(kind, label) {
      let trial = try trial(kind, workload, label: label, extras: extras)
      defer { trial.stop() }
      if try trial.begin() { _ = try trial.advance() }
      return trial.measurement
    }
  }

  /// Connects all servers' loads, and then lets each run in turn until all have run for the time of the workload.
  ///
  /// CPU time and counts are as exact as a noisy machine allows; latencies have the pauses in them.
  func measureInTurn(_ kinds: [ServerKind], _ workload: Workload, label: String) throws -> [Measurement] {
    defer { Note.clear() }
    let shared = workload.lasting(
      workload.seconds * Double(kinds.count), warmup: workload.warmup * Double(kinds.count))
    var trials: [Trial] = []
    defer { for trial in trials { trial.stop() } }
    for kind in kinds {
      try explaining(kind, label) {
        let trial = try trial(kind, shared, label: label, extras: Extras())
        trials.append(trial)
        _ = try trial.begin()
        trial.pause()
      }
    }
    var rota = Rota(trials)
    try rota.run()
    return trials.map(\.measurement)
  }

  private func trial(
    _ kind: ServerKind, _ workload: Workload, label: String, extras: Extras
  ) throws -> Trial {
    try Trial(
      kind, workload, serverCore: serverCore, generatorCore: generatorCore, label: label, extras: extras)
  }

  private func explaining<Result>(
    _ kind: ServerKind, _ label: String, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as BenchmarkError {
      throw BenchmarkError("\(label), \(kind.title): \(error)")
    }
  }

  /// The servers that can be started here; says what is missing.
  func available(_ kinds: [ServerKind]) throws -> [ServerKind] {
    try kinds.filter { kind in
      do {
        _ = try kind.launcher.program()
        return true
      } catch let error as BenchmarkError {
        guard kind.isPeer else { throw error }
        Note.write("without \(kind.title): \(error)")
        return false
      }
    }
  }
}
