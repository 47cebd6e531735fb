import NIOCore
import NIOHTTP1

/// A request that a route takes: its parameters are there, its query has known names only.
struct HTTPRequest: Sendable {
  /// What the log and the response call it.
  var id = ""
  var headers: HTTPHeaders
  /// What stands for the `{names}` of the route's pattern.
  var parameters: [String: String]
  var query: [String: String]
  var body = ByteBuffer()

  /// What stands for `{name}` in the path.
  func parameter(_ name: String) throws(HTTPFailure) -> String {
    guard let value = parameters[name] else {
      throw HTTPFailure(
        .internalServerError, "the route has no {\(name)}: please report this", code: .internal)
    }
    return value
  }

  /// A count in the query.
  func count(_ name: String, in range: ClosedRange<Int>, default value: Int) throws(HTTPFailure) -> Int {
    guard let text = query[name] else { return value }
    guard let count = Int(digits: text), range.contains(count) else {
      throw .badRequest("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return count
  }

  /// A place in a log in the query.
  func sequence(_ name: String) throws(HTTPFailure) -> UInt64? {
    guard let text = query[name] else { return nil }
    guard let sequence = UInt64(digits: text) else {
      throw .badRequest("\(name) must be a sequence: digits, at most \(UInt64.max)")
    }
    return sequence
  }

  /// `true` or `false` in the query.
  func flag(_ name: String) throws(HTTPFailure) -> Bool {
    switch query[name] {
    case nil, "false": return false
    case "true": return true
    default: throw .badRequest("\(name) must be true or false")
    }
  }
}

extension FixedWidthInteger {
  /// Unlike `init(_:)` takes no sign.
  fileprivate init?(digits: String) {
    guard digits.utf8.first != UInt8(ascii: "+"), digits.utf8.first != UInt8(ascii: "-") else { return nil }
    self.init(digits)
  }
}
