import ChatTelemetry
import Logging

/// How the broker logs.
struct LogSettings: Sendable, Equatable {
  /// How lines look.
  enum Format: String, Sendable, CaseIterable {
    /// What fits to where the output goes.
    case auto
    /// Lines for people.
    case text
    /// JSON in the field names of the Elastic Common Schema.
    case ecs
  }

  /// nil: what fits to where the output goes; a terminal is told what matters by other means.
  var level: Logger.Level?
  var format = Format.auto

  /// The format that holds.
  var lines: LogFormat {
    switch format {
    case .auto: Terminal.isOutput ? .text : .ecs
    case .text: .text
    case .ecs: .ecs
    }
  }

  /// The level that holds.
  var effectiveLevel: Logger.Level {
    level ?? (lines == .text && Terminal.isOutput ? .notice : .info)
  }
}
