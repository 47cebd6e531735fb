/// A figure that the gate watches: a count or a ratio, because seconds differ from machine to machine.
enum GateFigure: String, CaseIterable, Codable, Sendable {
  case allocationsPerDelivery, allocationsPerMessage
  case instructionsPerDelivery, instructionsPerMessage
  case bytesPerIdleSession
  case fanoutCPUToLimit, groupsCPUToLimit

  var title: String {
    switch self {
    case .allocationsPerDelivery: "allocations per delivery, 1 × 1,000"
    case .allocationsPerMessage: "allocations per message, 1,000 × 1"
    case .instructionsPerDelivery: "instructions per delivery, 1 × 1,000"
    case .instructionsPerMessage: "instructions per message, 1,000 × 1"
    case .bytesPerIdleSession: "own memory of an idle session, bytes"
    case .fanoutCPUToLimit: "CPU, 1 × 1,000, 8 in flight, ours : limit"
    case .groupsCPUToLimit: "CPU, 500 × 10, ours : limit"
    }
  }

  /// What `--update` leaves between the figure and its threshold: noise, not room to grow.
  var headroom: Double {
    switch self {
    case .allocationsPerDelivery, .allocationsPerMessage, .instructionsPerDelivery, .instructionsPerMessage:
      1.15
    case .bytesPerIdleSession: 1.1
    case .fanoutCPUToLimit, .groupsCPUToLimit: 1.4
    }
  }
}
