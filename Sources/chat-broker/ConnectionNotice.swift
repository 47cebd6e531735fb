import ChatClient
import ChatCore

/// What people are told of the connection.
enum ConnectionNotice {
  static func line(_ update: ChatClient.Update) -> String? {
    switch update {
    case .disconnected(let reason, let retryIn):
      "connection lost (\(TerminalText.escape(reason.message))); trying again in \(text(retryIn))"
    case .connected: "connected again"
    case .goingAway(let away):
      "the broker is going away\(away.reason.isEmpty ? "" : " (\(TerminalText.escape(away.reason)))"); "
        + "moving to another connection"
    case .message, .gap, .event: nil
    }
  }

  private static func text(_ duration: Duration) -> String {
    let milliseconds = duration / .milliseconds(1)
    return milliseconds < 1000 ? "\(Int(max(0, milliseconds))) ms" : "\(Int(min(milliseconds / 1000, 1e9))) s"
  }
}
