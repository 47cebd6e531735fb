#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation  // Of Apple's systems, which have no smaller one.
#endif

/// What a broker answers when it is asked how it is.
struct HealthReport: Decodable {
  struct Check: Decodable {
    let status: String
    let detail: String
  }

  /// No answer is longer.
  static let mostBytes = 64 * 1024

  let status: String
  let checks: [String: Check]

  /// Nil: this is no such answer.
  init?(json: String) {
    guard let report = try? JSONDecoder().decode(Self.self, from: Data(json.utf8)) else { return nil }
    self = report
  }

  /// For people: the result, then a line for each part.
  var text: String {
    let width = checks.keys.map(\.count).max() ?? 0
    let lines = checks.sorted { $0.key < $1.key }.map { name, check in
      let padding = String(repeating: " ", count: width - name.count)
      return "  \(name)\(padding)  \(check.status)  \(check.detail)"
    }
    return ([status] + lines).map { TerminalText.escape($0) }.joined(separator: "\n")
  }
}
