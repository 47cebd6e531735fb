import ArgumentParser

/// Checks that an option is in its range.
enum Allowed {
  static func check<Value: Comparable>(_ option: String, _ value: Value, _ range: ClosedRange<Value>) throws {
    guard range.contains(value) else {
      throw ValidationError(
        "\(option) \(value) is out of range: allowed are \(range.lowerBound) to \(range.upperBound)")
    }
  }

  static let bodies = 24...65_536
  static let inFlight = 1...65_536
}
