/// What a router wants its driver to do.
package enum RouterAction: Sendable {
  /// Close the connection; what was handed to the socket still goes out. Answer with `closed`.
  case close(SessionID)
  /// Stop reading from the connection.
  case pauseReading(SessionID)
  /// Read again.
  case resumeReading(SessionID)
  /// Hand these to another loop, in this order.
  case send([LoopMessage], toLoop: Int)
  /// Hand these to the store. Answer with `written`.
  case write([StoreWrite], WriteTicket)
  /// Ask the store. Answer with `answered`.
  case read(StoreQuery, ReadTicket)
}

/// Names writes that are with the store.
package struct WriteTicket: Hashable, Sendable {
  let number: UInt64
}

/// Names a question that is with the store.
package struct ReadTicket: Hashable, Sendable {
  let number: UInt64
}

/// What a socket made of a flush.
package enum FlushResult: Hashable, Sendable {
  /// It took all bytes.
  case accepted
  /// It took this many bytes, or the driver holds them for it; the driver calls `writable` when it takes more.
  case blocked(Int)
  /// The connection is broken; the driver calls `closed`.
  case failed
}

/// What was done since the router was made; the driver's source for metrics.
package struct RouterCounters: Hashable, Sendable {
  package var framesReceived: UInt64 = 0
  package var messagesPublished: UInt64 = 0
  package var deliveries: UInt64 = 0
  package var pagesRead: UInt64 = 0
  package var gaps: UInt64 = 0
  package var flushes: UInt64 = 0
  package var bytesSent: UInt64 = 0
  package var framesRefused: UInt64 = 0
}
