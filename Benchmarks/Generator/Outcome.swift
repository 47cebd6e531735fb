/// What was measured, in the measured time only.
struct Outcome: Codable, Sendable {
  /// Deliveries; durable: acknowledgements.
  var deliveries: UInt64 = 0
  var publishes: UInt64 = 0
  var seconds = 0.0
  var receivedBytes: UInt64 = 0
  var sentBytes: UInt64 = 0
  var latency = LatencySummary()
  /// One delivery of so many had its latency recorded; 1: every one.
  var latencySampling = 1
  /// CPU time of the generator.
  var cpuSeconds = 0.0
  /// The share of the time in which the generator waited for the server; near 0: it is the bottleneck.
  var waitShare = 0.0
}

/// Microseconds from the scheduled send to the delivery; durable: to the acknowledgement; resume: from the
/// start until a session has all that it missed.
struct LatencySummary: Codable, Sendable {
  struct Point: Codable, Sendable {
    var percentile: Double
    var value: Double
  }

  var samples: UInt64 = 0
  var p50 = 0.0
  var p90 = 0.0
  var p99 = 0.0
  var p999 = 0.0
  var max = 0.0
  /// For a plot.
  var percentiles: [Point] = []
}

/// A line from the generator to its parent.
struct GeneratorEvent: Codable, Sendable {
  enum Kind: String, Codable, Sendable { case connected, started, progress, finished, verified, failed }

  var event: Kind
  var connections: Int?
  var connectSeconds: Double?
  var deliveries: UInt64?
  /// With `finished`, and again with `verified`: there the latencies of what came after the end are in it.
  var outcome: Outcome?
  var lost: UInt64?
  var duplicated: UInt64?
  var reordered: UInt64?
  var corrupt: UInt64?
  var message: String?

  init(_ event: Kind) { self.event = event }
}

/// Why the generator cannot go on.
struct GeneratorFailure: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}
