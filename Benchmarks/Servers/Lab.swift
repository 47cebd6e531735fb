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
    let trial = try connect(kind, workload, label: label, extras: extras)
    defer { trial.stop() }
    try trial.run()
    return trial.measurement
  }

  /// Connects the loads of all servers, and then lets each run in turn until all have run for the time of the workload.
  ///
  /// CPU time and counts are as exact as a noisy machine allows; latencies have the pauses in them. A peer that cannot do the work
  /// is left out.
  func measureInTurn(_ kinds: [ServerKind], _ workload: Workload, label: String) throws -> [Measurement] {
    defer { Note.clear() }
    let shared = workload.lasting(
      workload.seconds * Double(kinds.count), warmup: workload.warmup * Double(kinds.count))
    var rota = Rota()
    defer { rota.stop() }
    for kind in kinds {
      try Rota.attempt(kind) {
        rota.add(try connect(kind, shared, label: label, extras: Extras()))
      }
    }
    return try rota.run()
  }

  private func connect(
    _ kind: ServerKind, _ workload: Workload, label: String, extras: Extras
  ) throws -> Trial {
    do {
      return try Trial(
        kind, workload, serverCore: serverCore, generatorCore: generatorCore, label: label, extras: extras)
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
