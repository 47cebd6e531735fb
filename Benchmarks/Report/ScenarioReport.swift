/// One scenario of a comparison: a table and whether its target holds.
struct ScenarioReport {
  let scenario: Scenario
  let results: Results

  struct Line {
    let name: String
    let value: String
    /// Empty if there is no target.
    let target: String
    let holds: Bool
  }

  private var series: String { scenario.rawValue }
  private var servers: [ServerKind] { results.servers(series) }
  private var peers: [ServerKind] { servers.filter(\.isPeer) }

  var text: String {
    var parts = ["\(scenario.rawValue): \(scenario.workload.title)", table.text()]
    for line in lines {
      parts.append("  \(line.name)   \(line.value)\(line.target.isEmpty ? "" : "   \(line.target)")")
    }
    return parts.joined(separator: "\n")
  }

  var table: Table {
    let hasLatencies = !servers.contains {
      results.measurements(series, $0).contains { $0.ranInTurn == true }
    }
    let latencies = hasLatencies ? ["p50 ms", "p99 ms", "p99.9 ms"] : []
    var table = Table(["", "CPU-s for a million", "deliveries/s"] + latencies + ["faults"])
    for server in servers {
      let faults = results.measurements(series, server).reduce(UInt64(0)) { $0 + $1.faults.total }
      let values: [(Measurement) -> Double] = [
        { $0.outcome.latency.p50 }, { $0.outcome.latency.p99 }, { $0.outcome.latency.p999 },
      ]
      table.add(
        [
          server.title, spread(server) { $0.cpuSecondsPerMillion },
          spread(server, Format.count) { $0.perSecond },
        ] + values.prefix(latencies.count).map { spread(server, Format.milliseconds, $0) }
          + [Format.count(faults)])
    }
    return table
  }

  /// The ratios, and whether the targets hold.
  var lines: [Line] {
    var lines: [Line] = []
    let target = scenario.target
    if let ratio = ratio(to: .limit) {
      lines.append(line("ours : limit", ratio, most: target.limitRatio))
    }
    if let best = bestPeer, let ratio = ratio(to: best) {
      lines.append(line("ours : \(best.title), the best peer", ratio, most: target.peerRatio))
    }
    if let ratio = webSocketRatio(.brokerWebSocket) {
      lines.append(line("WebSocket : TCP", ratio, most: Target.webSocketRatio))
    }
    if let ratio = webSocketRatio(.brokerJSON) { lines.append(line("JSON : TCP", ratio, most: nil)) }
    guard target.latencyBelowPeers, !peers.isEmpty else { return lines }
    let values: [(String, (Measurement) -> Double)] = [
      ("p50", { $0.outcome.latency.p50 }), ("p99", { $0.outcome.latency.p99 }),
      ("p99.9", { $0.outcome.latency.p999 }),
    ]
    for (name, value) in values {
      guard let ours = results.spread(series, .broker, value)?.median,
        let best = peers.compactMap({ results.spread(series, $0, value)?.median }).min()
      else { continue }
      lines.append(
        Line(
          name: "\(name), ours : best peer", value: Format.number(ours / best),
          target: "target < 1: \(ours < best ? "holds" : "missed")", holds: ours < best))
    }
    return lines
  }

  /// The one that takes least.
  private var bestPeer: ServerKind? {
    peers.min { left, right in
      (median(left) ?? .infinity) < (median(right) ?? .infinity)
    }
  }

  private func median(_ server: ServerKind) -> Double? {
    results.spread(series, server) { $0.cpuSecondsPerMillion }?.median
  }

  private func ratio(to server: ServerKind) -> Spread? {
    results.ratio(series, .broker, server) { $0.cpuSecondsPerMillion }
  }

  /// CPU time for a delivery over WebSocket in relation to TCP.
  func webSocketRatio(_ server: ServerKind) -> Spread? {
    results.ratio(series, server, .broker) { $0.cpuSecondsPerMillion }
  }

  private func line(_ name: String, _ ratio: Spread, most: Double?) -> Line {
    guard let most else { return Line(name: name, value: ratio.text(), target: "", holds: true) }
    let holds = most == 1 ? ratio.median < 1 : ratio.median <= most
    return Line(
      name: name, value: ratio.text(),
      target: "target \(most == 1 ? "< 1" : "≤ \(Format.number(most))"): \(holds ? "holds" : "missed")",
      holds: holds)
  }

  private func spread(
    _ server: ServerKind, _ format: (Double) -> String = Format.number, _ value: (Measurement) -> Double
  ) -> String {
    results.spread(series, server, value)?.text(format) ?? "–"
  }
}
