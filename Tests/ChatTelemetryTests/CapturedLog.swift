import ChatTelemetry
import Foundation
import Logging

/// A log whose lines are kept in a file without a name.
final class CapturedLog {
  let levels = LogLevelSwitch(.info)
  private let file: CInt

  init() {
    var path = Array("\(NSTemporaryDirectory())/chat-log-XXXXXX".utf8CString)
    file = mkstemp(&path)
    unlink(path)
  }

  deinit { close(file) }

  func logger(_ format: LogFormat = .ecs, label: String = "test") -> Logger {
    let handler = BrokerLogHandler(
      label: label, format: format, service: LogService(version: "1.2.3", node: "node-1"), levels: levels,
      output: LogOutput(descriptor: file))
    return Logger(label: label) { _ in handler }
  }

  var text: String {
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let count = pread(file, &bytes, bytes.count, 0)
    return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
  }

  var lines: [Substring] { text.split(separator: "\n") }
}
