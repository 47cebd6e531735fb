import ChatCore

/// Values of metrics, in the text that Prometheus reads (its exposition format, version 0.0.4).
struct MetricSamples {
  static let contentType = "text/plain; version=0.0.4; charset=utf-8"

  private var lines: [MetricDefinition: String] = [:]

  /// - Parameter labels: values, in the order of the definition's names.
  mutating func add(_ metric: MetricDefinition, _ value: some BinaryInteger, _ labels: String...) {
    lines[metric, default: ""] += "\(metric.name)\(Self.text(metric.labels, labels)) \(value)\n"
  }

  /// A value that is not whole.
  mutating func add(_ metric: MetricDefinition, real value: Double) {
    lines[metric, default: ""] += "\(metric.name) \(value)\n"
  }

  /// A value for each value of the one label, in order.
  mutating func add(_ metric: MetricDefinition, _ values: [String: UInt64]) {
    for (label, value) in values.sorted(by: { $0.key < $1.key }) { add(metric, value, label) }
  }

  /// Times in seconds.
  mutating func add(_ metric: MetricDefinition, _ histogram: LatencyHistogram) {
    add(metric, histogram.cumulative, count: histogram.count, sum: histogram.sum / 1_000_000)
  }

  mutating func add(_ metric: MetricDefinition, _ histogram: CountHistogram) {
    add(metric, histogram.cumulative, count: histogram.count, sum: Double(histogram.sum))
  }

  private mutating func add(
    _ metric: MetricDefinition, _ buckets: [(end: Double, count: UInt64)], count: UInt64, sum: Double
  ) {
    let name = metric.name
    var text = ""
    for (end, count) in buckets { text += "\(name)_bucket{le=\"\(end)\"} \(count)\n" }
    text += "\(name)_bucket{le=\"+Inf\"} \(count)\n\(name)_sum \(sum)\n\(name)_count \(count)\n"
    lines[metric] = text
  }

  /// All that has a value, each metric with its help and kind, in the order of the table.
  var text: String {
    var text = ""
    for metric in MetricDefinition.all {
      guard let lines = lines[metric] else { continue }
      text += "# HELP \(metric.name) \(metric.help)\n# TYPE \(metric.name) \(metric.kind.rawValue)\n\(lines)"
    }
    return text
  }

  private static func text(_ names: [String], _ values: [String]) -> String {
    guard !names.isEmpty else { return "" }
    let pairs = zip(names, values).map { "\($0)=\"\(escape($1))\"" }
    return "{\(pairs.joined(separator: ","))}"
  }

  private static func escape(_ value: String) -> String {
    var escaped = ""
    for character in value {
      switch character {
      case "\\": escaped += "\\\\"
      case "\"": escaped += "\\\""
      case "\n": escaped += "\\n"
      default: escaped.append(character)
      }
    }
    return escaped
  }
}
