public import Tracing

/// Where traces of publishes go.
public struct TracingConfiguration: Sendable {
  /// Makes the spans. One that reads W3C `traceparent` fits.
  public var tracer: any Tracer
  /// The share of publishes that are traced, 0 to 1, of those that bring no trace context. Those that bring one are
  /// traced if its sampled flag is set.
  public var sampleRatio: Double
  /// How many spans nobody got since the start; asked by `/metrics` from any thread. `nil`: not known.
  public var spansLeftOut: (@Sendable () -> UInt64)?

  /// Traces what publishers have sampled, and a share of the rest.
  public init(tracer: any Tracer, sampleRatio: Double = 0) {
    self.tracer = tracer
    self.sampleRatio = sampleRatio
  }
}
