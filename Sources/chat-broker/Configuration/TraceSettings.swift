import ChatTelemetry

/// Where traces go, and of how many publishes there are any.
struct TraceSettings: Sendable, Equatable {
  /// nil: nothing is traced.
  var endpoint: TraceEndpoint?
  /// Of publishes that bring no trace context, 0 to 1.
  var sampleRatio = 0.01
}
