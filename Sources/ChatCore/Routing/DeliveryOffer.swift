/// What all live cursors of a format get in one flush: of a stream one handover, else as many as messages are needed.
///
/// Refers to memory that lives as long as the flush.
struct DeliveryOffer {
  /// What one handover to a socket takes.
  struct Handover {
    let pieces: UnsafeBufferPointer<UnsafeRawBufferPointer>
    let bytes: Int
  }

  // Apart, because most are one, and a list takes memory of its own.
  private var first: Handover?
  private var rest: [Handover] = []
  private(set) var bytes = 0

  mutating func add(_ handover: Handover) {
    if first == nil { first = handover } else { rest.append(handover) }
    bytes += handover.bytes
  }

  /// There is one handover.
  var isOne: Bool { rest.isEmpty }

  /// One handover holds it all, and is no longer than this.
  func fits(_ most: Int) -> Bool { isOne && bytes <= most }

  /// Hands over in order, until the socket takes no more.
  func send(_ send: (UnsafeBufferPointer<UnsafeRawBufferPointer>) -> FlushResult) -> FlushResult {
    guard let first else { return .accepted }
    var result = send(first.pieces)
    var taken = first.bytes
    for handover in rest where result == .accepted {
      result = send(handover.pieces)
      if case .blocked(let bytes) = result { return .blocked(taken + bytes) }
      taken += handover.bytes
    }
    return result
  }
}
