/// A place in a trace, as W3C Trace Context writes it: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`.
package struct TraceContext: Hashable, Sendable {
  /// The length of the text.
  package static let textBytes = 55

  /// The first eight bytes of the trace's id; not both halves are 0.
  package let traceHigh: UInt64
  /// The last eight bytes of the trace's id.
  package let traceLow: UInt64
  /// Never 0.
  package let span: UInt64
  /// Whoever began the trace wants it to be recorded.
  package let isSampled: Bool

  package init(traceHigh: UInt64, traceLow: UInt64, span: UInt64, isSampled: Bool) {
    self.traceHigh = traceHigh
    self.traceLow = traceLow
    self.span = span
    self.isSampled = isSampled
  }

  /// Nil if the text is no trace context. A version that is not known yet is read like version 0, as its
  /// specification asks for.
  package init?(_ text: String) {
    let bytes = Array(text.utf8.prefix(Self.textBytes + 1))
    guard bytes.count >= Self.textBytes, [2, 35, 52].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
      let version = Hex.number(bytes[0..<2]), version != 0xff,
      bytes.count == Self.textBytes || (version != 0 && bytes[Self.textBytes] == UInt8(ascii: "-")),
      let high = Hex.number(bytes[3..<19]), let low = Hex.number(bytes[19..<35]),
      let span = Hex.number(bytes[36..<52]), let flags = Hex.number(bytes[53..<55]),
      high != 0 || low != 0, span != 0
    else { return nil }
    self.init(traceHigh: high, traceLow: low, span: span, isSampled: flags & 1 != 0)
  }

  /// The trace's id, 32 digits.
  package var traceID: String { Hex.text(traceHigh) + Hex.text(traceLow) }
  /// The span's id, 16 digits.
  package var spanID: String { Hex.text(span) }
  /// As it travels.
  package var text: String { "00-\(traceID)-\(spanID)-\(isSampled ? "01" : "00")" }

  /// Another span of the same trace.
  package func with(span: UInt64) -> TraceContext {
    TraceContext(traceHigh: traceHigh, traceLow: traceLow, span: span, isSampled: isSampled)
  }
}

/// Numbers as lower-case hexadecimal digits, all of them.
package enum Hex {
  private static let digits = Array("0123456789abcdef".utf8)

  /// 16 digits.
  package static func text(_ number: UInt64) -> String {
    String(
      decoding: (0..<16).map { digits[Int(truncatingIfNeeded: number >> UInt64(60 - 4 * $0)) & 0xf] },
      as: UTF8.self)
  }

  /// Nil if there is something else than lower-case digits, or more than 16 of them.
  package static func number(_ text: some Collection<UInt8>) -> UInt64? {
    guard !text.isEmpty, text.count <= 16 else { return nil }
    var number: UInt64 = 0
    for byte in text {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(byte - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(byte - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return number
  }
}
