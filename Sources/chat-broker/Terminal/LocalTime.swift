#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A time as the clock on the wall shows it.
struct LocalTime: Hashable, Sendable {
  /// `2025-01-31`
  let date: String
  /// `09:14`
  let hourMinute: String

  /// - Parameter milliseconds: since 1970.
  init(milliseconds: Int64) {
    var seconds = time_t(milliseconds.quotient(by: 1000))
    var parts = tm()
    guard localtime_r(&seconds, &parts) != nil else {
      date = "----------"
      hourMinute = "--:--"
      return
    }
    date =
      Self.padded(Int(parts.tm_year) + 1900, to: 4) + "-" + Self.padded(Int(parts.tm_mon) + 1, to: 2) + "-"
      + Self.padded(Int(parts.tm_mday), to: 2)
    hourMinute = Self.padded(Int(parts.tm_hour), to: 2) + ":" + Self.padded(Int(parts.tm_min), to: 2)
  }

  private static func padded(_ number: Int, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }
}

extension Int64 {
  /// Division that rounds down, also below zero.
  fileprivate func quotient(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
