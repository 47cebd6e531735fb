/// A figure that the gate watches: a count or a ratio, because seconds differ from machine to machine.
enum GateFigure: String, CaseIterable, Codable, Sendable {
  case allocationsPerDelivery, allocationsPerMessage
  case instructionsPerDelivery, instructionsPerMessage
  case bytesPerIdleSession
  case fanoutCPUToLimit, groupsCPUToLimit
  case fanoutWebSocketToTCP, groupsWebSocketToTCP

  var title: String {
    switch self {
    case .allocationsPerDelivery: "allocations per delivery, 1 × 1,000"
    case .allocationsPerMessage: "allocations per message, 1,000 × 1"
    case .instructionsPerDelivery: "instructions per delivery, 1 × 1,000"
    case .instructionsPerMessage: "instructions per message, 1,000 × 1"
    case .bytesPerIdleSession: "own memory of an idle session, bytes"
    case .fanoutCPUToLimit: "CPU, 1 × 1,000, 8 in flight, ours : limit"
    case .groupsCPUToLimit: "CPU, 500 × 10, ours : limit"
    case .fanoutWebSocketToTCP: "CPU, 1 × 1,000, 8 in flight, WebSocket : TCP"
    case .groupsWebSocketToTCP: "CPU, 500 × 10, WebSocket : TCP"
    }
  }

  /// What `--update` makes the most that is allowed: what is promised, or what was measured with room for noise, not to grow.
  func threshold(for measured: Double) -> Double {
    switch self {
    case .fanoutWebSocketToTCP, .groupsWebSocketToTCP: Target.webSocketRatio
    case .allocationsPerDelivery, .allocationsPerMessage, .instructionsPerDelivery, .instructionsPerMessage:
      GateThresholds.rounded(1.15 * measured)
    case .bytesPerIdleSession: GateThresholds.rounded(1.1 * measured)
    case .fanoutCPUToLimit, .groupsCPUToLimit: GateThresholds.rounded(1.4 * measured)
    }
  }

  /// The two whose CPU time is compared, and doing what; nil: the figure is a count.
  var comparison: (server: ServerKind, reference: ServerKind, workload: Workload)? {
    let fanout = Workload.saturated(subscribers: 1000, inFlight: 8)
    let groups = Workload.saturated(topics: 500, subscribers: 10, publishers: 50, inFlight: 1)
    return switch self {
    case .fanoutCPUToLimit: (.broker, .limit, fanout)
    case .groupsCPUToLimit: (.broker, .limit, groups)
    case .fanoutWebSocketToTCP: (.brokerWebSocket, .broker, fanout)
    case .groupsWebSocketToTCP: (.brokerWebSocket, .broker, groups)
    default: nil
    }
  }
}
