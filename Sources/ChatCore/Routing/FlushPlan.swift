/// What one flush of a session is to hand over, within the limits.
struct FlushPlan {
  private let mostBytes: Int
  private let mostPieces: Int
  private(set) var pieces = 0
  private(set) var bytes = 0
  /// A slice was cut at the limit: what follows it in its log must go first in the next flush.
  private var isCut = false

  /// - Parameter room: for so many pieces there is memory.
  init(limits: Limits, format: WireFormat, room: Int) {
    mostPieces = min(limits.flushPieces, room)
    mostBytes = format.isInMessages ? min(limits.messageBytes, limits.flushBytes) : limits.flushBytes
  }

  /// Room for the unfinished message and the outbox, and for slices.
  static func room(_ limits: Limits) -> Int { limits.flushPieces + 2 }

  var isFull: Bool { isCut || bytes >= mostBytes || pieces >= mostPieces }

  /// Adds what goes out as a whole.
  mutating func add(
    _ piece: UnsafeRawBufferPointer, to pieces: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>
  ) {
    pieces.initializeElement(at: self.pieces, to: piece)
    self.pieces += 1
    bytes += piece.count
  }

  /// Nothing more may be added.
  mutating func end() { isCut = true }

  /// Adds the messages from `first` on, as far as they are in memory and within the limits.
  ///
  /// - Parameter segment: finds the segment that holds a sequence.
  /// - Returns: the sequence behind the last one added.
  mutating func add(
    from first: UInt64, to pieces: UnsafeMutableBufferPointer<UnsafeRawBufferPointer>,
    segment: (UInt64) -> Segment?
  ) -> UInt64 {
    var next = first
    while !isFull, let segment = segment(next) {
      let range = segment.offset(of: next)..<segment.byteCount
      let end = cut(range, of: segment)
      if end > range.lowerBound { add(segment.bytes(range.lowerBound..<end), to: pieces) }
      isCut = end < range.upperBound
      next = isCut ? segment.sequence(at: end) : segment.lastSequence &+ 1
    }
    return next
  }

  /// Where a slice has to end: behind whole messages up to the limit in bytes; behind one that is longer only if
  /// the plan has nothing else.
  private func cut(_ range: Range<Int>, of segment: Segment) -> Int {
    let room = mostBytes - bytes
    guard range.count > room else { return range.upperBound }
    let last = segment.offset(of: segment.sequence(at: range.lowerBound + max(0, room)))
    guard pieces == 0 else { return last }
    return max(last, segment.offset(of: segment.sequence(at: range.lowerBound) &+ 1))
  }
}
