/// What whoever was asked how a broker is has answered.
struct HealthAnswer: Sendable {
  /// Of HTTP.
  let status: Int
  let body: String

  /// All parts work. Only a report says that: many things answer with 200.
  var isWell: Bool { status == 200 && HealthReport(json: body).map { $0.status != "failing" } ?? false }

  /// - Parameter url: what was asked.
  /// - Throws: ``ExitStatus/unhealthy`` if this is no report.
  func report(from url: String) throws(CommandFailure) -> HealthReport {
    if let report = HealthReport(json: body) { return report }
    throw CommandFailure(
      .unhealthy,
      "\(TerminalText.escape(url)) has answered (HTTP \(status)), but this is no health report: name the admin listener "
        + "of a broker with --url, without a path or with /health, /livez, /readyz or /startupz")
  }
}
