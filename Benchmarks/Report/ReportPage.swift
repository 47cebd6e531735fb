import Foundation

/// Everything that was measured, on one page that needs nothing else.
struct ReportPage {
  let results: Results

  var html: String {
    """
    <!doctype html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
    <title>chat-broker, measured</title>
    <style>\(ReportStyle.text)</style></head><body><main>
    <h1>chat-broker, measured</h1>
    <p class="machine">\(HTML.escape(results.date.formatted(.iso8601))) · \(HTML.escape(results.machine.text))</p>
    <p>Each server ran alone on one core, the load on another; rounds of the servers follow one another in turn.
    Figures are medians, with the least and the most in brackets. “limit” is a minimal C server that only passes
    bytes on: less is hardly possible.</p>
    \([ratios, scenarios, latency, throughput, memory, durable].compactMap(\.self).joined(separator: "\n"))
    \(conditions)
    </main></body></html>

    """
  }

  // MARK: Sections

  private func section(_ title: String, _ note: String, _ content: String) -> String {
    "<section><h2>\(title)</h2><p>\(note)</p>\(content)</section>"
  }

  private var measured: [Scenario] {
    Scenario.allCases.filter { scenario in results.samples.contains { $0.series == scenario.rawValue } }
  }

  private var ratios: String? {
    let groups = measured.filter { !$0.isPaced }.map { scenario in
      BarChart.Group(
        name: scenario.rawValue,
        bars: results.servers(scenario.rawValue).compactMap { server in
          guard
            let ours = results.spread(scenario.rawValue, .broker, { $0.cpuSecondsPerMillion })?.median,
            let value = results.spread(scenario.rawValue, server, { $0.cpuSecondsPerMillion })?.median
          else { return nil }
          return BarChart.Bar(server: server, value: value / ours, text: "\(Format.number(value / ours)) ×")
        })
    }
    guard !groups.isEmpty else { return nil }
    return section(
      "CPU for the same deliveries",
      "In relation to chat-broker, which is 1; logarithmic; shorter is better.",
      BarChart(groups: groups, logarithmic: true).svg)
  }

  private var scenarios: String? {
    guard !measured.isEmpty else { return nil }
    let parts = measured.map { scenario in
      let report = ScenarioReport(scenario: scenario, results: results)
      let lines = report.lines.map { line in
        let word = line.target.isEmpty ? "" : line.holds ? "holds" : "missed"
        return "<li class=\"\(word)\">\(HTML.escape("\(line.name): \(line.value)  \(line.target)"))</li>"
      }
      return "<h3>\(HTML.escape("\(scenario.rawValue): \(scenario.workload.title)"))</h3>"
        + HTML.table(report.table.cells) + "<ul>\(lines.joined())</ul>"
    }
    return section("The scenarios and their targets", "", parts.joined(separator: "\n"))
  }

  private var latency: String? {
    let parts = measured.filter(\.isPaced).map { scenario in
      let lines = results.servers(scenario.rawValue).compactMap { server -> LineChart.Line? in
        // The round whose p99 is the middle one.
        let rounds = results.measurements(scenario.rawValue, server)
          .sorted { $0.outcome.latency.p99 < $1.outcome.latency.p99 }
        guard !rounds.isEmpty else { return nil }
        let points = rounds[rounds.count / 2].outcome.latency.percentiles
          .filter { $0.percentile >= 20 && $0.percentile < 100 && $0.value > 0 }
        return LineChart.Line(
          server: server,
          points: points.map { (x: 1 / (1 - $0.percentile / 100), y: $0.value / 1000) }
            .filter { $0.x <= 10_000 })
      }
      let ticks: [(Double, String)] = [
        (2, "50 %"), (10, "90 %"), (100, "99 %"), (1000, "99.9 %"), (10_000, "99.99 %"),
      ]
      return "<h3>\(HTML.escape(scenario.workload.title))</h3>"
        + LineChart(
          lines: lines, xTitle: "share of the deliveries", yTitle: "milliseconds", yLogarithmic: true,
          xTicks: ticks
        ).svg
    }
    guard !parts.isEmpty else { return nil }
    return section(
      "Latency",
      "From the time that a message was due, so a server that falls behind is not excused; logarithmic.",
      parts.joined(separator: "\n"))
  }

  private var throughput: String? {
    sweep("subscribers/") { $0.perSecond }.map {
      section(
        "Throughput against subscribers",
        "One conversation, \(ReportMeasurements.inFlight) messages in flight.",
        LineChart(lines: $0, xTitle: "subscribers", yTitle: "deliveries a second", yLogarithmic: true).svg)
    }
  }

  private var memory: String? {
    sweep("idle/") { Double(max(0, $0.connectedMemory.anonymousBytes)) / 1_048_576 }.map {
      section(
        "Memory against connections", "The server's own, above what it needs without a connection.",
        LineChart(lines: $0, xTitle: "idle sessions", yTitle: "MiB", xLogarithmic: false).svg)
    }
  }

  private var durable: String? {
    let series = Set(results.samples.map(\.series).filter { $0.hasPrefix("durable/") })
    guard !series.isEmpty else { return nil }
    let ordered = series.sorted { (Self.number($0), $0) < (Self.number($1), $1) }
    let groups = ordered.map { series in
      BarChart.Group(
        name: "\(Format.count(Int(Self.number(series)))) publishers"
          + (series.hasSuffix(DurableShape.apart.rawValue) ? ", a conversation each" : ""),
        bars: results.servers(series).compactMap { server in
          results.spread(series, server) { $0.perSecond }.map {
            BarChart.Bar(server: server, value: $0.median, text: $0.text(Format.count))
          }
        })
    }
    let servers = ordered.first.map(results.servers) ?? []
    let guarantees = servers.map { "<li>\(HTML.escape("\($0.title): \($0.guarantee)"))</li>" }.joined()
    return section(
      "Stored messages a second", "Each publisher waits for the answer to its message.",
      BarChart(groups: groups).svg + "<p>What an answer means:</p><ul>\(guarantees)</ul>")
  }

  private var conditions: String {
    let versions = results.versions.sorted { $0.key < $1.key }.map { name, version in
      "<li>\(HTML.escape("\(ServerKind(rawValue: name)?.title ?? name): \(version)"))</li>"
    }
    return section(
      "How to measure it again", "",
      "<pre>swift run -c release benchmarks \(HTML.escape(results.command))</pre>"
        + "<p>Versions:</p><ul>\(versions.joined())</ul>")
  }

  // MARK: Series

  private static func number(_ series: String) -> Double {
    series.split(separator: "/").lazy.compactMap { Double($0) }.first ?? 0
  }

  private func sweep(_ prefix: String, _ value: (Measurement) -> Double) -> [LineChart.Line]? {
    let series = Set(results.samples.map(\.series).filter { $0.hasPrefix(prefix) })
      .sorted { Self.number($0) < Self.number($1) }
    guard series.count > 1 else { return nil }
    return ServerKind.allCases.compactMap { server in
      let points = series.compactMap { name in
        results.spread(name, server, value).map { (x: Self.number(name), y: $0.median) }
      }
      return points.isEmpty ? nil : LineChart.Line(server: server, points: points)
    }
  }
}
