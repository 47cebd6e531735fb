/// The middle of some measurements of one thing, and how far they lie apart.
struct Spread: Codable, Sendable {
  var median: Double
  var minimum: Double
  var maximum: Double

  /// `nil` without values.
  init?(_ values: [Double]) {
    let sorted = values.filter(\.isFinite).sorted()
    guard let first = sorted.first, let last = sorted.last else { return nil }
    let middle = sorted.count / 2
    median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
    minimum = first
    maximum = last
  }

  /// `0.062 (0.060…0.064)`, or only the number if there is one.
  func text(_ format: (Double) -> String = Format.number) -> String {
    minimum == maximum ? format(median) : "\(format(median)) (\(format(minimum))…\(format(maximum)))"
  }
}
