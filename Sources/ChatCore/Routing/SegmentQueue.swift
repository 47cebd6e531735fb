import DequeModule

/// Segments in order, added at the end and taken from the front.
///
/// The newest lie in the queue itself, and move on only when there is no more room: where there are thousands of
/// conversations, memory apart is far away, and two waits for it would come with each message.
struct SegmentQueue: ~Copyable {
  private static let room = 4

  private var older: Deque<Segment> = []
  private var newest: (Segment?, Segment?, Segment?, Segment?)
  private var newestCount = 0

  var count: Int { older.count + newestCount }

  var first: Segment? { older.first ?? newest.0 }

  var last: Segment? {
    switch newestCount {
    case 1: newest.0
    case 2: newest.1
    case 3: newest.2
    case 4: newest.3
    default: older.last
    }
  }

  /// O(1) amortised.
  mutating func append(_ segment: Segment) {
    if newestCount == Self.room { moveOn() }
    switch newestCount {
    case 0: newest.0 = segment
    case 1: newest.1 = segment
    case 2: newest.2 = segment
    default: newest.3 = segment
    }
    newestCount += 1
  }

  /// O(1).
  mutating func popFirst() -> Segment? {
    if older.isEmpty { moveOn() }
    return older.popFirst()
  }

  mutating func removeAll() { self = SegmentQueue() }

  /// The one at a position below ``count``. O(1).
  subscript(position: Int) -> Segment? {
    guard position >= older.count else { return older[position] }
    switch position - older.count {
    case 0: return newest.0
    case 1: return newest.1
    case 2: return newest.2
    default: return newest.3
    }
  }

  private mutating func moveOn() {
    Self.move(&newest.0, to: &older)
    Self.move(&newest.1, to: &older)
    Self.move(&newest.2, to: &older)
    Self.move(&newest.3, to: &older)
    newestCount = 0
  }

  private static func move(_ segment: inout Segment?, to older: inout Deque<Segment>) {
    guard let moved = segment.take() else { return }
    older.append(moved)
  }
}
