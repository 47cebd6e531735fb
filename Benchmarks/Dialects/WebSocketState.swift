/// How far a connection is in WebSocket (RFC 6455).
struct WebSocketState {
  enum Phase: UInt8 {
    /// It is a plain stream.
    case none
    /// The request to upgrade is out.
    case upgrading
    case open
  }

  var phase = Phase.none
  /// Bytes of the current message that were not yet scanned.
  var unread = 0
}
