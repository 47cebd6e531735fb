/// What delivery needs to know of a session.
///
/// Those of all sessions lie next to one another, so that a message for thousands of sessions reads a few
/// bytes for each, and counts no references.
struct Outlet {
  /// The socket takes bytes, as far as is known.
  var isWritable = true
  /// Something besides what live cursors deliver waits for the flush.
  var isQueuedForFlush = false
  /// The flush that ``deliveries`` belongs to.
  var flush: UInt32 = 0
  /// Conversations that have something for the session in this flush.
  var deliveries: UInt32 = 0
  /// How the session's bytes are written.
  let format: WireFormat
  /// When something was sent last, on the loop's clock.
  var lastSent: UInt64

  /// Nothing waits for the session: what is new may go out right away.
  var isIdle: Bool { isWritable && !isQueuedForFlush }

  /// Notes that one more conversation has something in this flush.
  mutating func count(inFlush number: UInt32) {
    deliveries = flush == number ? deliveries &+ 1 : 1
    flush = number
  }
}
