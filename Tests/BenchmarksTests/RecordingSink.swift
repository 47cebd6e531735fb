@testable import benchmarks

/// Remembers what a parser found.
struct RecordingSink: FrameSink {
  enum Event: Equatable {
    case delivered([UInt8])
    case answered
    case acknowledged(UInt64?)
    case asked([UInt8])
    case failed
  }

  private(set) var events: [Event] = []
  private(set) var messages: [String] = []

  mutating func delivered(_ body: UnsafePointer<UInt8>, _ count: Int) {
    events.append(.delivered(Array(UnsafeBufferPointer(start: body, count: count))))
  }

  mutating func answered() { events.append(.answered) }

  mutating func acknowledged(_ serial: UInt64?) { events.append(.acknowledged(serial)) }

  mutating func asked(_ question: [UInt8]) { events.append(.asked(question)) }

  mutating func failed(_ message: String) {
    events.append(.failed)
    messages.append(message)
  }
}

extension Dialect {
  /// Parses a stream that comes in pieces, as a connection does: what is left of one read is put in front of
  /// the next. Stops at the first failure.
  func parse(_ pieces: [ArraySlice<UInt8>]) -> (events: [RecordingSink.Event], rest: Int) {
    var sink = RecordingSink()
    var buffer: [UInt8] = []
    var state = WebSocketState()
    if Self.usesWebSocket(.subscriber) { state.phase = .upgrading }
    for piece in pieces {
      buffer += piece
      let done = buffer.withUnsafeBufferPointer { bytes in
        bytes.baseAddress.map { scan($0, bytes.count, &state, into: &sink) } ?? 0
      }
      if sink.events.last == .failed { break }
      buffer.removeFirst(done)
    }
    return (sink.events, buffer.count)
  }
}
