import ArgumentParser

/// How long a token lasts: `90s`, `15m`, `12h` or `30d`.
struct TokenLifetime: ExpressibleByArgument, Hashable, Sendable {
  /// A hundred years.
  private static let mostSeconds: Int64 = 3_155_760_000

  static let hour = TokenLifetime(seconds: 3_600)

  let seconds: Int64

  private init(seconds: Int64) { self.seconds = seconds }

  init?(argument: String) {
    let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
    guard let unit = argument.last.flatMap({ units[$0] }), let number = Int64(argument.dropLast()),
      number > 0,
      case let (seconds, overflow) = number.multipliedReportingOverflow(by: unit), !overflow,
      seconds <= Self.mostSeconds
    else { return nil }
    self.seconds = seconds
  }

  static let help = ArgumentHelp(
    "How long it lasts: a number with s, m, h or d, such as 15m.", valueName: "time")
}
