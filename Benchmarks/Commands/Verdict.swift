import ArgumentParser

/// Fails a command that has found a delivery that was not as it should be.
enum Verdict {
  static func check(_ results: Results) throws {
    let broken = results.samples.filter { $0.measurement.server.isOurs && $0.measurement.faults.total > 0 }
    guard let first = broken.first else { return }
    let faults = first.measurement.faults
    Note.write(
      "\(first.series), \(first.measurement.server.title): \(faults.lost) lost, \(faults.duplicated) duplicated, "
        + "\(faults.reordered) out of order, \(faults.corrupt) corrupt: this is a fault of the broker")
    throw ExitCode(1)
  }
}
