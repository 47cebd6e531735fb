/// Where connections come in.
enum Listener: String, Hashable, Sendable {
  case tcp
  /// The chat page, and WebSocket.
  case http
  /// The console, and the HTTP API.
  case admin
}
