import Logging
import NIOConcurrencyHelpers

/// Keeps what is logged.
final class CapturedLines: Sendable {
  struct Line: Sendable {
    let level: Logger.Level
    let message: String
    let metadata: Logger.Metadata
  }

  private let lines = NIOLockedValueBox<[Line]>([])

  var all: [Line] { lines.withLockedValue { $0 } }

  func logger(_ level: Logger.Level = .trace) -> Logger {
    Logger(label: "test") { _ in
      Handler(logLevel: level) { line in self.lines.withLockedValue { $0.append(line) } }
    }
  }

  private struct Handler: LogHandler {
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    let add: @Sendable (Line) -> Void

    init(logLevel: Logger.Level, add: @escaping @Sendable (Line) -> Void) {
      self.logLevel = logLevel
      self.add = add
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
      get { metadata[key] }
      set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
      add(Line(level: event.level, message: event.message.description, metadata: event.metadata ?? [:]))
    }
  }
}
