import Foundation

/// The most that each figure may be: `Benchmarks/thresholds.json`.
struct GateThresholds: Codable, Sendable {
  var maximum: [String: Double] = [:]

  static var file: String { BuildFolder.sources + "/thresholds.json" }

  static func read() throws -> GateThresholds {
    do {
      return try JSONDecoder().decode(
        GateThresholds.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
    } catch {
      throw BenchmarkError(
        "cannot read \(file) (\(error.localizedDescription)): write it with benchmarks gate --update")
    }
  }

  func write() throws {
    try (Format.json(self) + "\n").write(toFile: Self.file, atomically: true, encoding: .utf8)
  }

  subscript(figure: GateFigure) -> Double? {
    get { maximum[figure.rawValue] }
    set { maximum[figure.rawValue] = newValue }
  }

  /// Upwards to three digits.
  static func rounded(_ value: Double) -> Double {
    var scale = 1.0
    while value * scale < 100, scale < 1e9 { scale *= 10 }
    return (value * scale).rounded(.up) / scale
  }
}
