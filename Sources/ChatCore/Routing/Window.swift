/// The newest messages of a log, encoded, bounded in bytes.
///
/// Not copyable, so that it is read where it is: a copy would count a reference to all that it holds.
package struct Window: ~Copyable {
  private var segments = SegmentQueue()
  /// The same messages as JSON, as far as somebody wanted them, by the first sequence.
  private var json: [UInt64: Segment] = [:]
  /// The size of all segments, JSON included.
  package private(set) var byteCount = 0
  /// The last sequence of the log, whether or not the window holds it.
  package private(set) var lastSequence: UInt64

  package init(lastSequence: UInt64) {
    self.lastSequence = lastSequence
  }

  /// The lowest sequence held; `lastSequence + 1` if none is.
  package var firstSequence: UInt64 { segments.first?.firstSequence ?? lastSequence &+ 1 }

  /// Adds what follows. A repeat is ignored. A jump empties the window, so that cursors read the store.
  package mutating func append(_ segment: Segment) {
    guard segment.firstSequence > lastSequence else { return }
    if segment.firstSequence != lastSequence &+ 1 { removeAll() }
    segments.append(segment)
    byteCount += segment.byteCount
    lastSequence = segment.lastSequence
  }

  /// Notes that the log has grown by messages that the window does not get.
  package mutating func skip(to sequence: UInt64) {
    guard sequence > lastSequence else { return }
    removeAll()
    lastSequence = sequence
  }

  /// Drops the oldest segments until the rest fits, but never the newest.
  package mutating func trim(to bytes: Int) {
    while byteCount > bytes, segments.count > 1, let oldest = segments.popFirst() {
      byteCount -= oldest.byteCount
      if let json = json.removeValue(forKey: oldest.firstSequence) { byteCount -= json.byteCount }
    }
  }

  /// Drops all segments; the log's end stays known.
  package mutating func removeAll() {
    segments.removeAll()
    json.removeAll()
    byteCount = 0
  }

  /// A segment of the window as JSON, if it was written before. O(1).
  package func json(of segment: Segment) -> Segment? {
    json.isEmpty ? nil : json[segment.firstSequence]
  }

  /// Keeps a segment as JSON, as long as the segment itself.
  package mutating func add(json segment: Segment) {
    guard json.updateValue(segment, forKey: segment.firstSequence) == nil else { return }
    byteCount += segment.byteCount
  }

  /// The segment that holds `sequence`. O(1) for the newest segments, O(log n) for others.
  package func segment(holding sequence: UInt64) -> Segment? {
    guard sequence <= lastSequence, let newest = segments.last else { return nil }
    // Before the oldest is asked, which lies in memory that nobody has looked at for long.
    if newest.firstSequence <= sequence { return newest }
    guard sequence >= firstSequence else { return nil }
    var low = 0
    var high = segments.count - 1
    while low < high {
      let middle = (low + high + 1) / 2
      if let segment = segments[middle], segment.firstSequence <= sequence {
        low = middle
      } else {
        high = middle - 1
      }
    }
    return segments[low]
  }
}
