import Foundation

/// Lines of JSON to the parent, words from it.
struct ParentLink {
  private static let longestLine = 4096

  private var pending: [UInt8] = []
  private(set) var hasGo = false
  private(set) var hasStop = false

  func send(_ event: GeneratorEvent) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var line = try encoder.encode(event)
    line.append(10)
    try FileHandle.standardOutput.write(contentsOf: line)
  }

  /// Call when standard input can be read.
  mutating func receive() throws {
    var bytes = [UInt8](repeating: 0, count: Self.longestLine)
    let count = read(STDIN_FILENO, &bytes, bytes.count)
    guard count > 0 else {
      // The parent is gone, or has said all that it will.
      hasStop = true
      return
    }
    pending += bytes[..<count]
    while let end = pending.firstIndex(of: 10) {
      switch String(decoding: pending[..<end], as: UTF8.self) {
      case "go": hasGo = true
      case "stop": hasStop = true
      case let word: throw GeneratorFailure("unknown word \(word); say go or stop")
      }
      pending.removeSubrange(...end)
    }
    guard pending.count < Self.longestLine else { throw GeneratorFailure("a line is too long") }
  }
}
