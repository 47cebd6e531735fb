import Foundation

/// Places values along an axis.
struct Axis {
  let isLogarithmic: Bool
  let minimum: Double
  let maximum: Double

  /// Around all of these values; a linear one starts at 0.
  init(_ values: [Double], logarithmic: Bool) {
    isLogarithmic = logarithmic
    let positive = values.filter { $0.isFinite && (!logarithmic || $0 > 0) }
    let low = positive.min() ?? 1
    let high = positive.max() ?? 1
    if logarithmic {
      minimum = low
      maximum = max(high, low * 1.01)
    } else {
      minimum = 0
      maximum = max(high * 1.05, 1e-9)
    }
  }

  /// From 0 to 1.
  func place(_ value: Double) -> Double {
    guard isLogarithmic else { return (value - minimum) / (maximum - minimum) }
    return log(max(value, minimum) / minimum) / log(maximum / minimum)
  }

  /// Round numbers within the axis.
  var ticks: [Double] {
    if isLogarithmic {
      let steps: [Double] = log10(maximum / minimum) < 1.5 ? [1, 2, 5] : [1]
      let exponents = Int(log10(minimum).rounded(.down))...Int(log10(maximum).rounded(.up))
      return exponents.flatMap { exponent in steps.map { $0 * pow(10, Double(exponent)) } }
        .filter { $0 >= minimum * 0.999 && $0 <= maximum * 1.001 }
    }
    let raw = maximum / 5
    let power = pow(10, log10(raw).rounded(.down))
    let step = [1.0, 2, 5, 10].map { $0 * power }.first { $0 >= raw } ?? raw
    return Array(stride(from: 0, through: maximum, by: step))
  }
}
