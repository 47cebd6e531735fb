/// The protocol of Redis, but for deliveries.
enum RESP {
  static func command(_ words: String...) -> [UInt8] {
    Array(
      words.reduce(into: "*\(words.count)\r\n") { $0 += "$\($1.utf8.count)\r\n\($1)\r\n" }.utf8)
  }

  /// One reply. Returns its length; 0: it is not complete. `answer` is called for the answer to SUBSCRIBE,
  /// to PING and to XADD, but not for the integers that answer PUBLISH.
  @inline(never)
  static func scan<S: FrameSink>(
    _ bytes: UnsafePointer<UInt8>, _ count: Int, into sink: inout S, answer: (inout S) -> Void
  ) -> Int {
    guard let end = bytes.lineEnd(from: 0, to: count) else { return 0 }
    switch bytes[0] {
    case UInt8(ascii: ":"): break
    case UInt8(ascii: "+"): sink.answered()
    case UInt8(ascii: "$"):
      var at = 1
      guard let length = bytes.decimal(&at, to: end) else { break }
      if count < end + 4 + length { return 0 }
      answer(&sink)
      return end + 4 + length
    case UInt8(ascii: "*"):
      // *3 $9 subscribe $n channel :1, or a delivery whose beginning is not complete
      var at = end + 2
      for _ in 0..<2 {
        guard let line = bytes.lineEnd(from: at, to: count) else { return 0 }
        at += 1
        guard let length = bytes.decimal(&at, to: line) else {
          sink.failed("not understood: \(bytes.text(0..<line))")
          return count
        }
        at = line + 4 + length
      }
      guard let last = bytes.lineEnd(from: at, to: count) else { return 0 }
      guard bytes[at] == UInt8(ascii: ":") else { return 0 }
      answer(&sink)
      return last + 2
    default:
      sink.failed("redis-server says: \(bytes.text(0..<end))")
      return count
    }
    return end + 2
  }
}
