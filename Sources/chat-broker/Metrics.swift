import ArgumentParser
import ChatServer

/// `chat-broker metrics`
struct Metrics: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "List the metrics that a broker has.",
    discussion: """
      Their values are at /metrics of the admin listener.

      EXAMPLES
        chat-broker metrics
        chat-broker metrics --json
        chat-broker metrics --markdown > Docs/metrics.md
      """)

  @Flag(help: "Print one JSON object for each.")
  var json = false

  @Flag(help: "Print the page of the documentation.")
  var markdown = false

  func run() throws {
    if markdown { return Output.text(MetricDefinition.markdown) }
    for metric in MetricDefinition.all {
      guard json else {
        let labels = metric.labels.isEmpty ? "" : "{\(metric.labels.joined(separator: ","))}"
        Output.line("\(metric.name)\(labels)  \(metric.kind.rawValue)\n    \(metric.help)")
        continue
      }
      var object = JSONLine()
      object.add("name", metric.name)
      object.add("kind", metric.kind.rawValue)
      object.add("unit", metric.unit.rawValue)
      object.add("labels", metric.labels.joined(separator: ","))
      object.add("help", metric.help)
      Output.line(object.text)
    }
  }
}
