import NIOCore
import NIOHTTP1

extension AdminRoutes {
  /// For orchestrators and monitoring, which have no key: these say nothing of users and conversations.
  static func health(_ broker: any BrokerService) -> [Route] {
    [
      Route(.GET, "/livez", access: .open) { _ in try report([await broker.liveness()]) },
      Route(.GET, "/readyz", access: .open) { _ in try report(await broker.health().checks) },
      Route(.GET, "/startupz", access: .open) { _ in try report([await broker.startup()]) },
      Route(.GET, "/health", access: .open) { _ in try report(await broker.health().checks) },
      Route(.GET, "/metrics", access: .open) { _ in
        HTTPResponse(
          status: .ok, contentType: MetricSamples.contentType,
          body: ByteBuffer(string: await broker.metrics()))
      },
    ]
  }

  private static func report(_ checks: [BrokerHealth.Check]) throws -> HTTPResponse {
    return try .json(
      HealthBody(
        status: worst(of: checks).rawValue,
        checks: Dictionary(
          checks.map {
            ($0.name, HealthBody.Check(status: $0.state.rawValue, passed: $0.passed, detail: $0.detail))
          },
          uniquingKeysWith: { first, _ in first })),
      status: checks.allSatisfy(\.passed) ? .ok : .serviceUnavailable)
  }

  private static func worst(of checks: [BrokerHealth.Check]) -> BrokerHealth.Check.State {
    [.failing, .degraded].first { state in checks.contains { $0.state == state } } ?? .ok
  }
}

private struct HealthBody: Encodable {
  struct Check: Encodable {
    let status: String
    let passed: Bool
    let detail: String
  }

  let status: String
  let checks: [String: Check]
}
