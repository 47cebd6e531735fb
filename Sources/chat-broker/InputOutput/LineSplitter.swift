/// Cuts a stream of bytes into lines. Bytes stay as they are; only the line feed goes.
struct LineSplitter {
  /// The longest line, in bytes.
  static let longestLine = 1024 * 1024

  struct Line: Hashable, Sendable {
    /// 1, 2, 3…
    let number: UInt64
    let bytes: [UInt8]
  }

  /// Bytes taken so far.
  private(set) var consumed = 0
  private var number: UInt64 = 0
  private var partial: [UInt8] = []

  /// Takes bytes and gives the lines that they end.
  mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(CommandFailure) -> [Line] {
    var lines: [Line] = []
    var rest = bytes[...]
    consumed += bytes.count
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      partial += rest[..<end]
      rest = rest[(end + 1)...]
      lines.append(try takeLine())
    }
    partial += rest
    guard partial.count <= Self.longestLine else { throw tooLong() }
    return lines
  }

  /// The last line, if it does not end with a line feed.
  mutating func finish() throws(CommandFailure) -> Line? {
    partial.isEmpty ? nil : try takeLine()
  }

  private mutating func takeLine() throws(CommandFailure) -> Line {
    guard partial.count <= Self.longestLine else { throw tooLong() }
    number += 1
    defer { partial = [] }
    return Line(number: number, bytes: partial)
  }

  private func tooLong() -> CommandFailure {
    CommandFailure(
      .inputOutput,
      "line \(number + 1) of the input is longer than \(Self.longestLine) bytes; is this a text file?")
  }
}
