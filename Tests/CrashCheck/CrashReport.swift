/// What a run found.
struct CrashReport: Sendable {
  /// Broken promises that are printed one by one.
  private static let shownViolations = 50

  let violations: [Violation]
  /// Each subscriber got the end of each log in time.
  let settled: Bool
  /// How the broker ended when it was asked to.
  let end: BrokerProcess.End?
  let acknowledged: Int
  let stored: Int
  let seen: Int
  let duplicates: Int
  let refused: Int
  let connected: Int
  let errors: [String]

  /// Faults of the run as a whole.
  private var complaints: [String] {
    var complaints: [String] = []
    if acknowledged == 0 { complaints.append("nothing was acknowledged: the run has shown nothing") }
    if !settled { complaints.append("some subscribers did not get to the end of history in time") }
    if end != .exited(0) {
      complaints.append(
        "asked to end, the broker \(end.map { "\($0)" } ?? "was gone") instead of exiting with 0")
    }
    return complaints
  }

  var isGood: Bool { violations.isEmpty && complaints.isEmpty }

  var lines: [String] {
    var lines = [
      "acknowledged \(acknowledged), of them \(duplicates) by a retry of what was stored already",
      "refused      \(refused)", "stored       \(stored)",
      "seen         \(seen), in \(connected) sessions",
    ]
    lines += errors.map { "refusal: \($0)" }
    lines += complaints.map { "fault: \($0)" }
    lines += violations.prefix(Self.shownViolations).map { "VIOLATION \($0)" }
    if violations.count > Self.shownViolations {
      lines.append("… and \(violations.count - Self.shownViolations) more")
    }
    lines.append(isGood ? "ok: no violations" : "FAILED: \(violations.count) violations")
    return lines
  }
}
