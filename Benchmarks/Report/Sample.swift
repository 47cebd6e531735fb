/// One measurement with its place in a series.
struct Sample: Codable, Sendable {
  /// `A`, `subscribers/100`, `idle/5000`, `durable/64/together`.
  var series: String
  /// Samples of one round were taken one after the other.
  var round: Int
  var measurement: Measurement
}
