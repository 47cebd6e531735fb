import ChatClient
import ChatCore

/// What people are told of the connection.
struct ConnectionNotice {
  private var wasConnected = false
  private var isLost = false

  /// A line, if there is something new; one for each loss, not for each attempt to connect again.
  mutating func line(_ update: Update) -> String? {
    switch update {
    case .disconnected(let reason, _):
      defer { isLost = true }
      if let refusal = reason.refusal {
        return "the broker ended the session: \(TerminalText.escape(refusal.message))"
      }
      return isLost ? nil : "connection lost; trying again until it is back"
    case .connected:
      defer {
        wasConnected = true
        isLost = false
      }
      return wasConnected ? "connected again" : nil
    case .goingAway(let away):
      let reason = away.reason.isEmpty ? "" : " (\(TerminalText.escape(away.reason)))"
      return "the broker is going away\(reason); moving to another connection"
    case .message, .gap, .event: return nil
    }
  }
}
