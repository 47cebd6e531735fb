/// A line of an IRC log: `[hh:mm] <nick> text`, `### day`, `=== nick has joined`.
enum IRCLog {
  enum Line: Hashable, Sendable {
    /// A message: `<nick> text`, as it stands in the log.
    case message(ArraySlice<UInt8>)
    /// The start of a day.
    case day
    /// A join, a part, a change of nick or topic.
    case notice
    /// Something else, or nothing.
    case other
  }

  static func read(_ line: [UInt8]) -> Line {
    if line.starts(with: "###".utf8) { return .day }
    if line.starts(with: "===".utf8) { return .notice }
    guard let end = endOfTime(line) else { return .other }
    let message = line[end...]
    // Logs that were worked over have nicks with blanks in them, so all that a nick needs is a character.
    guard message.first == UInt8(ascii: "<"),
      let close = message.firstIndex(of: UInt8(ascii: ">")), close > message.startIndex + 1
    else { return .other }
    return .message(message)
  }

  /// The index after `[hh:mm] ` or `[hh:mm:ss] `.
  private static func endOfTime(_ line: [UInt8]) -> Int? {
    for pattern in ["[00:00] ", "[00:00:00] "] where line.count >= pattern.utf8.count {
      let fits = zip(line, pattern.utf8).allSatisfy { byte, expected in
        expected == UInt8(ascii: "0")
          ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) : byte == expected
      }
      if fits { return pattern.utf8.count }
    }
    return nil
  }
}
