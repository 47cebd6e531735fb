import Foundation

/// Where something was measured.
struct Machine: Codable, Sendable {
  var processor: String
  var cores: Int
  var memoryBytes: Int
  var system: String
  var kernel: String

  /// Whether servers can be watched here.
  static var canMeasure: Bool { FileManager.default.fileExists(atPath: "/proc/self/schedstat") }

  static func current() -> Machine {
    let processor = value("model name", in: "/proc/cpuinfo") ?? "unknown processor"
    let memory = value("MemTotal", in: "/proc/meminfo")?.split(separator: " ").first.flatMap { Int($0) }
    let kernel = try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)
    return Machine(
      processor: processor, cores: ProcessInfo.processInfo.processorCount, memoryBytes: (memory ?? 0) * 1024,
      system: ProcessInfo.processInfo.operatingSystemVersionString,
      kernel: kernel?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "unknown")
  }

  var text: String {
    "\(processor), \(cores) cores, \(Format.bytes(Double(memoryBytes))), \(system), kernel \(kernel)"
  }

  /// `name : value`
  private static func value(_ name: String, in path: String) -> String? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix(name) }
    return line?.split(separator: ":", maxSplits: 1).last?.trimmingCharacters(in: .whitespaces)
  }
}
