import ChatServer
import ChatTelemetry
import Logging

/// The log and the traces of a broker.
struct BrokerTelemetry: Sendable {
  /// Changes what is logged while the broker runs.
  let levels: LogLevelSwitch
  let format: LogFormat
  let logger: Logger
  /// Sends the traces; `nil`: there are none.
  let exporter: OTLPExporter?
  let tracing: TracingConfiguration?

  init(_ settings: Settings) {
    let format = settings.log.lines
    let output: LogOutput = format == .ecs ? .standardOutput : .standardError
    let levels = LogLevelSwitch(settings.log.effectiveLevel)
    let service = LogService(version: Version.number, node: settings.node ?? HostName.current)
    let isColoured = Style(isTerminal: output.isTerminal, environment: .process).coloured
    let logger = Logger(label: "chat-broker") { label in
      BrokerLogHandler(
        label: label, format: format, service: service, levels: levels, output: output, isColoured: isColoured
      )
    }
    self.levels = levels
    self.format = format
    self.logger = logger
    exporter = settings.trace.endpoint.map { OTLPExporter(endpoint: $0, service: service, logger: logger) }
    tracing = exporter.map { exporter in
      var tracing = TracingConfiguration(
        tracer: OTLPTracer(queue: exporter.queue), sampleRatio: settings.trace.sampleRatio)
      tracing.spansLeftOut = { exporter.queue.leftOut }
      return tracing
    }
  }
}
