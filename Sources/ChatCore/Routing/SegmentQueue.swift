import DequeModule

/// Segments in order, added at the end and taken from the front.
///
/// The newest lie in the queue itself, and move on only when there is no more room: where there are thousands of
/// conversations, memory apart is far away, and two waits for it would come with each message.
struct SegmentQueue: ~Copyable {
  /// All but the first are full; none is empty.
  private var older = UniqueDeque<Group>()
  private var newest = Group()

  var count: Int { older.count * Group.room + newest.end - firstStart }

  var first: Segment? { self[0] }

  /// Always among the newest: nothing moves on but for another one.
  var last: Segment? { newest.segment(at: newest.end - 1) }

  /// O(1) amortised.
  mutating func append(_ segment: Segment) {
    if newest.end == Group.room { moveOn() }
    newest.append(segment)
  }

  /// O(1).
  mutating func popFirst() -> Segment? {
    guard older.isEmpty else {
      let first = older[0].popFirst()
      if older[0].isEmpty { _ = older.popFirst() }
      return first
    }
    let first = newest.popFirst()
    if newest.isEmpty { newest = Group() }
    return first
  }

  mutating func removeAll() { self = SegmentQueue() }

  /// The one at a position below ``count``; nil: there is none. O(1).
  subscript(position: Int) -> Segment? {
    let place = position + firstStart
    let group = place / Group.room
    return group < older.count
      ? older[group].segment(at: place % Group.room) : newest.segment(at: place - older.count * Group.room)
  }

  private var firstStart: Int { older.isEmpty ? newest.start : older[0].start }

  private mutating func moveOn() {
    var full = Group()
    swap(&full, &newest)
    older.append(full)
  }

  /// A few neighbours. Not copyable, so that it is moved without a look at the segments, which would be a wait for the
  /// memory of each.
  struct Group: ~Copyable {
    static let room = 4

    private var segments: (Segment?, Segment?, Segment?, Segment?)
    /// Where the first one is.
    private(set) var start = 0
    /// Where the next one goes.
    private(set) var end = 0

    var isEmpty: Bool { start == end }

    mutating func append(_ segment: Segment) {
      switch end {
      case 0: segments.0 = segment
      case 1: segments.1 = segment
      case 2: segments.2 = segment
      default: segments.3 = segment
      }
      end += 1
    }

    mutating func popFirst() -> Segment? {
      guard start < end else { return nil }
      start += 1
      switch start {
      case 1: return segments.0.take()
      case 2: return segments.1.take()
      case 3: return segments.2.take()
      default: return segments.3.take()
      }
    }

    func segment(at place: Int) -> Segment? {
      switch place {
      case 0: segments.0
      case 1: segments.1
      case 2: segments.2
      case 3: segments.3
      default: nil
      }
    }
  }
}
