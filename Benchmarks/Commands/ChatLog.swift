import Foundation

/// The messages of an IRC log: lines `[hh:mm] <nick> text`.
enum ChatLog {
  /// - Parameters:
  ///   - path: text, or text that gzip packed.
  ///   - most: so many messages at most.
  static func read(_ path: String, most: Int) throws -> [[UInt8]] {
    guard FileManager.default.isReadableFile(atPath: path) else {
      throw BenchmarkError("cannot read \(path): name a log with --log FILE")
    }
    let child = try ChildProcess(
      path.hasSuffix(".gz") ? ["gzip", "-dc", path] : ["cat", path], output: .pipe, error: .inherited)
    defer { child.stop() }
    var messages: [[UInt8]] = []
    var rest: [UInt8] = []
    while messages.count < most, let data = try child.output?.read(upToCount: 1 << 20), !data.isEmpty {
      rest += data
      let lines = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      rest = Array(lines.last ?? [])
      messages += lines.dropLast().filter(isMessage).map { Array($0) }
    }
    if isMessage(rest[...]) { messages.append(rest) }
    guard !messages.isEmpty else {
      throw BenchmarkError("\(path) has no line such as [12:34] <nick> text")
    }
    return Array(messages.prefix(most))
  }

  private static func isMessage(_ line: ArraySlice<UInt8>) -> Bool {
    guard line.first == UInt8(ascii: "["), let end = line.prefix(11).firstIndex(of: UInt8(ascii: "]")) else {
      return false
    }
    return line[end...].starts(with: "] <".utf8)
  }
}
