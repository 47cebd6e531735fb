/// What is told of the encryption of a listener.
struct ListenerEncryption: Sendable {
  let name: String
  /// In seconds since 1970.
  let certificateExpiry: Int64
  /// Connections whose encryption was not agreed on.
  let handshakeFailures: UInt64
}
