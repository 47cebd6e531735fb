extension MetricDefinition {
  /// `Docs/metrics.md`.
  package static var markdown: String {
    var text = """
      # Metrics

      What `GET /metrics` of the admin listener answers, in Prometheus' text format. This page is made from the
      code: `make metrics-docs`. Names, kinds and labels are a contract: they stay, and new ones come.

      Each label has few values, which clients cannot make up. A histogram is counted in buckets that double: times
      from 50 µs to about a minute, messages from 1 to 65,536. Counters begin at 0 with the process. A metric is
      left out when there is nothing to say: that of a certificate without TLS, those of the process where the
      system does not tell, and all of sessions, traffic and latency while an event loop does not answer.

      | Name | Kind | Labels | Unit | Meaning |
      |---|---|---|---|---|

      """
    for metric in all {
      let labels = metric.labels.map { "`\($0)`" }.joined(separator: ", ")
      text +=
        "| `\(metric.name)` | \(metric.kind.rawValue) | \(labels) | \(metric.unit.rawValue) | "
        + "\(metric.help) |\n"
    }
    return text
  }
}
