package import Logging

/// Writes the program's log.
package struct BrokerLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?

  private let label: String
  private let format: LogFormat
  private let service: LogService
  private let output: LogOutput
  private let levels: LogLevelSwitch
  private let isColoured: Bool
  /// Set on one logger alone.
  private var ownLevel: Logger.Level?

  /// - Parameters:
  ///   - levels: the least level that is logged, until a logger is given one of its own.
  ///   - output: where lines go.
  ///   - isColoured: of text.
  package init(
    label: String, format: LogFormat, service: LogService, levels: LogLevelSwitch, output: LogOutput,
    isColoured: Bool = false
  ) {
    self.label = label
    self.format = format
    self.service = service
    self.output = output
    self.levels = levels
    self.isColoured = isColoured
  }

  package var logLevel: Logger.Level {
    get { ownLevel ?? levels.level }
    set { ownLevel = newValue }
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var all = metadata
    if let provided = metadataProvider?.get() { all.merge(provided) { _, new in new } }
    if let given = event.metadata { all.merge(given) { _, new in new } }
    if let error = event.error {
      // Not its words: they may hold what somebody has sent.
      all["error.type"] = "\(type(of: error))"
    }
    let fields = all.map { (name: LogField.name(of: $0.key), value: $0.value) }.sorted { $0.name < $1.name }
    output.write { leftOut in
      switch format {
      case .ecs: ecsLine(event, fields, leftOut: leftOut)
      case .text: textLine(event, fields, leftOut: leftOut)
      }
    }
  }

  // MARK: ECS

  /// The version of the schema.
  private static let ecsVersion = "8.11.0"

  private func ecsLine(
    _ event: LogEvent, _ fields: [(name: String, value: Logger.MetadataValue)], leftOut: Int
  ) -> [UInt8] {
    var line = JSONObjectLine()
    line.add("@timestamp", LogTime.now())
    line.add("log.level", event.level.rawValue)
    line.add("message", "\(event.message)")
    line.add("ecs.version", Self.ecsVersion)
    line.add("log.logger", label)
    line.add("event.dataset", "\(service.name).log")
    line.add("service.name", service.name)
    line.add("service.version", service.version)
    line.add("service.node.name", service.node)
    var last = ""
    for (name, value) in fields where name != last {
      // A member that is there twice is no JSON for many readers.
      last = name
      line.add(name, value)
    }
    if leftOut > 0, !fields.contains(where: { $0.name == "chat.left_out" }) {
      line.add("chat.left_out", leftOut)
    }
    return line.finished
  }

  // MARK: Text

  private func textLine(
    _ event: LogEvent, _ fields: [(name: String, value: Logger.MetadataValue)], leftOut: Int
  ) -> [UInt8] {
    let level = event.level.rawValue.padded(to: 8)
    var line =
      "\(LogTime.now()) \(isColoured ? colour(event.level, level) : level) \(event.message.description.onOneLine)"
    for (name, value) in fields where !value.isEmpty { line += " \(name)=\(value.description.onOneLine)" }
    if leftOut > 0 { line += " chat.left_out=\(leftOut)" }
    return Array((line + "\n").utf8)
  }

  private func colour(_ level: Logger.Level, _ text: String) -> String {
    switch level {
    case .trace, .debug: "\u{1b}[2m\(text)\u{1b}[0m"
    case .info, .notice: text
    case .warning: "\u{1b}[33m\(text)\u{1b}[0m"
    case .error, .critical: "\u{1b}[31m\(text)\u{1b}[0m"
    }
  }
}

extension JSONObjectLine {
  /// What is empty is left out, so that a field that is there says something.
  fileprivate mutating func add(_ name: String, _ value: Logger.MetadataValue) {
    if value.isEmpty { return }
    if LogField.kind(of: name) == .long {
      // Elasticsearch would refuse the whole line for a number that is none.
      if let number = Int64(value.description) { add(name, number) }
      return
    }
    switch value {
    case .array(let values): add(name, values.map(\.description))
    case .stringConvertible(let value as Bool): add(name, value)
    case .stringConvertible(let value):
      if let number = value as? any BinaryInteger {
        add(number, as: name)
      } else {
        add(name, "\(value)")
      }
    default: add(name, value.description)
    }
  }

  private mutating func add(_ number: some BinaryInteger, as name: String) { add(name, number) }
}

extension Logger.MetadataValue {
  fileprivate var isEmpty: Bool {
    switch self {
    case .string(let text): text.isEmpty
    default: false
    }
  }
}

extension String {
  fileprivate func padded(to count: Int) -> String {
    self + String(repeating: " ", count: max(0, count - utf8.count))
  }

  /// Without what would end a line or move a terminal's cursor.
  fileprivate var onOneLine: String {
    guard unicodeScalars.contains(where: { $0.value < 32 || (0x7f...0x9f).contains($0.value) }) else {
      return self
    }
    return String(
      String.UnicodeScalarView(
        unicodeScalars.map { $0.value < 32 || (0x7f...0x9f).contains($0.value) ? " " : $0 }))
  }
}
