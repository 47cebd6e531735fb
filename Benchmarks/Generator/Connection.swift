/// The state of one connection. Without references, so that a delivery touches no reference count.
struct Connection {
  enum Role: UInt8 { case publisher, subscriber, stalled, idle }

  var descriptor: Int32 = -1
  var role = Role.idle
  /// The answers that came in the handshake.
  var step: UInt8 = 0
  var isReady = false
  /// The greeting could not be sent yet.
  var isConnecting = false
  var watchesOutput = false
  /// Of a subscriber.
  var topic: Int32 = 0
  /// The number of this connection among those of its role.
  var number: Int32 = 0
  /// When something was sent last, in seconds.
  var sentAt: UInt32 = 0
  /// A frame whose end has not come; nil almost always.
  var kept: UnsafeMutablePointer<UInt8>?
  var keptCount = 0
  var webSocket = WebSocketState()
  /// Index of the message that must come next.
  var expected: UInt64 = 0
}
