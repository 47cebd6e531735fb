/// One metric of a node: what `/metrics` says of it, and what the documents do.
package struct MetricDefinition: Sendable, Hashable {
  /// The raw value is Prometheus' word.
  package enum Kind: String, Sendable {
    case counter
    case gauge
    case histogram
  }

  /// What its values are in.
  package enum Unit: String, Sendable {
    case one = ""
    case seconds
    case bytes
    case messages
  }

  /// A contract: dashboards and alerts know it.
  package let name: String
  package let kind: Kind
  package let unit: Unit
  /// Names of labels, each with few values.
  package let labels: [String]
  /// One sentence.
  package let help: String

  init(_ name: String, _ kind: Kind, in unit: Unit = .one, labels: [String] = [], _ help: String) {
    self.name = name
    self.kind = kind
    self.unit = unit
    self.labels = labels
    self.help = help
  }
}
