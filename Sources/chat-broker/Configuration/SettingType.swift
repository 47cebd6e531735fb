import ChatTelemetry

/// How a value is written: what is allowed, and how it is read and shown.
struct SettingType<Value: Sendable>: Sendable {
  /// For the table of keys: "number", "text".
  let name: String
  /// As it stands behind "use …" in a sentence.
  let allowed: String
  /// Several values: a YAML sequence, or texts with commas between them.
  var isList = false
  /// A URL, in which people put passwords and keys: one that is refused is not repeated, and of one that holds the
  /// query is not shown.
  var isURL = false
  /// Reads it; nil: not allowed. What is no list has one text.
  let read: @Sendable ([String]) -> Value?
  /// Shows it as it could be written; empty: none.
  let text: @Sendable (Value) -> String
}

extension SettingType where Value: FixedWidthInteger {
  /// Decimal digits.
  static func number(_ range: ClosedRange<Value>) -> SettingType {
    SettingType(
      name: "number", allowed: "a number from \(range.lowerBound) to \(range.upperBound)",
      read: { texts in texts.first.flatMap { Value($0) }.flatMap { range.contains($0) ? $0 : nil } },
      text: { String($0) })
  }
}

extension SettingType {
  /// The same for a value that may be missing.
  var optional: SettingType<Value?> {
    SettingType<Value?>(
      name: name, allowed: allowed, isList: isList, isURL: isURL,
      read: { [read] in read($0).map { .some($0) } },
      text: { [text] in $0.map(text) ?? "" })
  }
}

extension SettingType where Value == Double {
  static func decimal(_ range: ClosedRange<Double>) -> SettingType {
    SettingType(
      name: "decimal", allowed: "a number from \(range.lowerBound) to \(range.upperBound)",
      read: { texts in texts.first.flatMap { Double($0) }.flatMap { range.contains($0) ? $0 : nil } },
      text: { String($0) })
  }
}

extension SettingType where Value == TraceEndpoint {
  static var traceEndpoint: SettingType {
    SettingType(
      name: "URL", allowed: TraceEndpoint.allowed, isURL: true,
      read: { $0.first.flatMap { TraceEndpoint($0) } },
      text: { $0.url })
  }
}

extension SettingType where Value == Bool {
  static var truth: SettingType {
    SettingType(
      name: "truth", allowed: "true or false",
      read: { texts in
        switch texts.first?.lowercased() {
        case "1", "true", "yes", "on": true
        case "0", "false", "no", "off": false
        default: nil
        }
      },
      text: { $0 ? "true" : "false" })
  }
}

extension SettingType where Value == String {
  /// - Parameter isAllowed: whether a text, which is not empty, may be used.
  static func text(_ allowed: String, where isAllowed: @escaping @Sendable (String) -> Bool) -> SettingType {
    SettingType(
      name: "text", allowed: allowed,
      read: { texts in texts.first.flatMap { !$0.isEmpty && isAllowed($0) ? $0 : nil } },
      text: { $0 })
  }

  /// - Parameter isAllowed: as for ``text(_:where:)``.
  static func url(_ allowed: String, where isAllowed: @escaping @Sendable (String) -> Bool) -> SettingType {
    var type = text(allowed, where: isAllowed)
    type.isURL = true
    return type
  }

  static var path: SettingType { text("the path of a file") { !$0.contains("\0") } }
  static var directory: SettingType { text("the path of a directory") { !$0.contains("\0") } }

  static var host: SettingType {
    text("a host name or an IP address") { !$0.utf8.contains { $0 <= 32 || $0 == 127 } }
  }
}

extension SettingType where Value: CaseIterable & RawRepresentable<String> {
  /// One of the names, in upper or lower case.
  static var choice: SettingType {
    let names = Value.allCases.map(\.rawValue)
    return SettingType(
      name: "choice",
      allowed: names.dropLast().joined(separator: ", ") + (names.last.map { " or \($0)" } ?? ""),
      read: { texts in texts.first.flatMap { Value(rawValue: $0.lowercased()) } },
      text: { $0.rawValue })
  }
}

extension SettingType where Value == [String] {
  static func list(_ allowed: String, where isAllowed: @escaping @Sendable (String) -> Bool) -> SettingType {
    SettingType(
      name: "list", allowed: allowed, isList: true,
      read: { $0.allSatisfy(isAllowed) ? $0 : nil },
      text: { $0.joined(separator: ",") })
  }
}

extension SettingType where Value == Int? {
  /// What a port may be instead of a number: there is no such listener.
  static var noPort: String { "off" }

  static var optionalPort: SettingType {
    SettingType(
      name: "port", allowed: "a number from 0 to 65535, or \(noPort)",
      read: { texts in
        guard let text = texts.first else { return nil }
        if text == noPort { return .some(nil) }
        return UInt16(text).map { .some(Int($0)) }
      },
      text: { $0.map(String.init) ?? noPort })
  }
}
