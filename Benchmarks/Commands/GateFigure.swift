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

  /// What is promised, whatever is measured; nil: the threshold is a figure that was measured.
  var target: Double? {
    switch self {
    case .fanoutWebSocketToTCP, .groupsWebSocketToTCP: Target.webSocketRatio
    default: nil
    }
  }

  /// What `--update` leaves between the figure and its threshold: noise, not room to grow.
  var headroom: Double {
    switch self {
    case .allocationsPerDelivery, .allocationsPerMessage, .instructionsPerDelivery, .instructionsPerMessage:
      1.15
    case .bytesPerIdleSession: 1.1
    case .fanoutCPUToLimit, .groupsCPUToLimit, .fanoutWebSocketToTCP, .groupsWebSocketToTCP: 1.4
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
