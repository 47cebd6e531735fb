import ChatClient
import ChatCore

/// What people are told of the connection.
struct ConnectionNotice {
  private var wasConnected = false

  mutating func line(_ update: Update) -> String? {
    switch update {
    case .disconnected(let reason, let retryIn):
      return "connection lost (\(TerminalText.escape(reason.message))); trying again in \(Self.text(retryIn))"
    case .connected:
      defer { wasConnected = true }
      return wasConnected ? "connected again" : nil
    case .goingAway(let away):
      return
        "the broker is going away\(away.reason.isEmpty ? "" : " (\(TerminalText.escape(away.reason)))"); "
        + "moving to another connection"
    case .message, .gap, .event: return nil
    }
  }

  private static func text(_ duration: Duration) -> String {
    let milliseconds = duration / .milliseconds(1)
    return milliseconds < 1000 ? "\(Int(max(0, milliseconds))) ms" : "\(Int(min(milliseconds / 1000, 1e9))) s"
  }
}
