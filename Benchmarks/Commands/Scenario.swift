import ArgumentParser

/// The scenarios that servers are compared in.
enum Scenario: String, CaseIterable, Codable, Sendable, ExpressibleByArgument {
  case A, A8, A1, B, C, D100, D500, E, G

  /// The most subscribers of one server.
  static let mostConnections = 18_000

  var workload: Workload {
    switch self {
    case .A: .saturated(subscribers: 1000, inFlight: 128)
    case .A8: .saturated(subscribers: 1000, inFlight: 8)
    case .A1: .saturated(subscribers: 1000, inFlight: 1)
    case .B: .saturated(topics: 1000, subscribers: 10, publishers: 100, inFlight: 1)
    case .C: .saturated(topics: 5000, subscribers: 1, publishers: 100, inFlight: 1)
    case .D100: .paced(subscribers: 1000, rate: 100)
    case .D500: .paced(subscribers: 1000, rate: 500)
    case .E: .saturated(subscribers: 1000, inFlight: 128, bytes: 4096)
    case .G: .saturated(subscribers: 10_000, inFlight: 128)
    }
  }

  var target: Target {
    switch self {
    case .A: Target(limitRatio: 1.25, peerRatio: 1.0 / 3)
    case .A8, .A1, .B: Target(limitRatio: 1.15, peerRatio: 1)
    case .C: Target(limitRatio: 1.3, peerRatio: 1)
    case .D100, .D500: Target(latencyBelowPeers: true)
    case .E: Target(limitRatio: 1.3, peerRatio: 0.4)
    case .G: Target(limitRatio: 1.5, peerRatio: 0.5)
    }
  }

  var isPaced: Bool { workload.kind == .paced }
}
