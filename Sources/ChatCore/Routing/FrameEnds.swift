/// Where consecutive frames end, as offsets in the memory that they lie in.
///
/// Most segments have one message, so the first end takes no memory of its own.
package struct FrameEnds: Sendable {
  private var first = 0
  private var further: [Int] = []
  /// How many frames.
  package private(set) var count = 0

  package init() {}

  package init(_ ends: some Sequence<Int>) {
    for end in ends { append(end) }
  }

  package var isEmpty: Bool { count == 0 }

  /// Where the last frame ends; 0 if there is none.
  package var last: Int { further.last ?? first }

  /// The end of a frame that there is.
  package subscript(index: Int) -> Int { index == 0 ? first : further[index - 1] }

  package mutating func append(_ end: Int) {
    if count == 0 { first = end } else { further.append(end) }
    count += 1
  }

  package mutating func reserveCapacity(_ frames: Int) {
    if frames > 1 { further.reserveCapacity(frames - 1) }
  }

  package mutating func removeAll() {
    further.removeAll()
    count = 0
  }
}
