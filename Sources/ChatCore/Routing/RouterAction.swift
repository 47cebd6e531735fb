/// What a router wants its driver to do.
package enum RouterAction: Sendable {
  /// The session was sent `Connected`.
  case opened(SessionID)
  /// Close the connection; what was handed to the socket still goes out. Answer with `closed`. Without a reason
  /// the client wanted it.
  case close(SessionID, reason: ErrorCode?)
  /// Stop reading from the connection.
  case pauseReading(SessionID)
  /// Read again.
  case resumeReading(SessionID)
  /// Hand these to another loop, in this order.
  case send([LoopMessage], toLoop: Int)
  /// Hand these to the store. Answer with `written`.
  case write([StoreWrite], WriteTicket)
  /// The answer to a ``Router/ServiceRequest`` with this number.
  case answer(UInt64, ServerFrame.Body)
  /// Ask the store. Answer each with `answered`.
  case read([StoreRead])
  /// Find out whether a token is genuine and whose it is. Answer with `authenticated`.
  case authenticate(AuthenticationTicket, token: String)
  /// Something has happened to publishes that are traced.
  // Rare and large: it must not make the others larger.
  indirect case trace(TracePoint)
}

/// Names writes that are with the store.
package struct WriteTicket: Hashable, Sendable {
  let number: UInt64
}

/// Names a question that is with the store.
package struct ReadTicket: Hashable, Sendable {
  let number: UInt64
}

/// A question to the store, and the name under which its answer is expected.
package struct StoreRead: Sendable {
  package let query: StoreQuery
  package let ticket: ReadTicket
}

/// What a socket made of a flush.
package enum FlushResult: Hashable, Sendable {
  /// It took all bytes.
  case accepted
  /// It took this many bytes, or the driver holds them (of a message: all) for it; the driver calls `writable` when it takes more.
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
  package var segmentsWrittenAsJSON: UInt64 = 0
  package var flushes: UInt64 = 0
  package var bytesSent: UInt64 = 0
  package var bytesReceived: UInt64 = 0
  package var framesRefused: UInt64 = 0
}
