/// Puts a page together from the runs of a log, within the limits of a query.
package struct PageBuilder: ~Copyable {
  private let bound: PageQuery.Bound
  /// Runs may begin before what retention has left.
  private let lowest: UInt64
  private let bytesMost: Int
  private var messagesLeft: Int
  private var bytesTaken = 0
  private var isFull: Bool

  private var first: UInt64 = 0
  private var next: UInt64 = 0
  private var frames = FrameBuffer()
  private var ends = ShortList<Int>()
  /// For a page that is read backwards: runs from the last to the first.
  private var backwards: [(frames: [UInt8], ends: [Int])] = []
  /// Where each frame of the run that is looked at ends.
  private var runEnds: [Int] = []

  package init(_ query: PageQuery, log: LogState) {
    bound = query.bound
    lowest = log.firstSequence
    bytesMost = query.bytes
    messagesLeft = max(0, query.messages)
    isFull = query.messages <= 0
  }

  /// Takes what the page needs of a run. Runs come in the direction of the query.
  ///
  /// - Returns: Whether further runs are wanted; nil: the bytes are not what they should be.
  package mutating func add(
    _ run: UnsafeRawBufferPointer, firstSequence: UInt64, count: Int
  ) -> Bool? {
    if isFull { return false }
    guard measure(run, firstSequence: firstSequence, count: count) else { return nil }
    let end = firstSequence + UInt64(count)
    // A hole ends the page; the next page starts behind it.
    switch bound {
    case .after(let sequence):
      if first > 0, firstSequence != next { return false }
      guard sequence < end - 1, lowest < end else { return true }
      let from = max(lowest, sequence + 1, firstSequence)
      takeForwards(run, from: Int(from - firstSequence), firstSequence: firstSequence)
    case .before(let sequence):
      if first > 0, end != first { return false }
      let from = max(lowest, firstSequence)
      let to = min(sequence, end)
      guard from < to else { return false }
      takeBackwards(run, Int(from - firstSequence)..<Int(to - firstSequence), firstSequence: firstSequence)
    }
    return !isFull
  }

  /// The page's messages; nil: none.
  package consuming func segment() -> Segment? {
    for part in backwards.reversed() {
      let start = frames.count
      part.frames.withUnsafeBytes { frames.append($0) }
      for end in part.ends { ends.append(start + end) }
    }
    guard !ends.isEmpty else { return nil }
    return Segment(frames.readable, firstSequence: first, ends: ends)
  }

  private mutating func takeForwards(_ run: UnsafeRawBufferPointer, from: Int, firstSequence: UInt64) {
    let start = start(from)
    let shift = frames.count - start
    var index = from
    var end = start
    while index < runEnds.count, hasRoom(for: runEnds[index] - end) {
      end = runEnds[index]
      ends.append(end + shift)
      index += 1
    }
    guard index > from else { return }
    frames.append(UnsafeRawBufferPointer(rebasing: run[start..<end]))
    if first == 0 { first = firstSequence + UInt64(from) }
    next = firstSequence + UInt64(index)
  }

  private mutating func takeBackwards(
    _ run: UnsafeRawBufferPointer, _ range: Range<Int>, firstSequence: UInt64
  ) {
    var from = range.upperBound
    while from > range.lowerBound, hasRoom(for: runEnds[from - 1] - start(from - 1)) { from -= 1 }
    guard from < range.upperBound else { return }
    let bytes = start(from)..<runEnds[range.upperBound - 1]
    backwards.append(
      ([UInt8](run[bytes]), runEnds[from..<range.upperBound].map { $0 - bytes.lowerBound }))
    first = firstSequence + UInt64(from)
  }

  /// Where a frame of the run starts.
  private func start(_ index: Int) -> Int { index == 0 ? 0 : runEnds[index - 1] }

  private mutating func hasRoom(for bytes: Int) -> Bool {
    guard !isFull else { return false }
    let isFirst = bytesTaken == 0
    bytesTaken += bytes
    guard isFirst || bytesTaken <= bytesMost else {
      isFull = true
      return false
    }
    messagesLeft -= 1
    if messagesLeft == 0 { isFull = true }
    return true
  }

  /// Finds the ends of the run's frames. What damage has done to lengths or sequences shows here.
  private mutating func measure(
    _ run: UnsafeRawBufferPointer, firstSequence: UInt64, count: Int
  ) -> Bool {
    runEnds.removeAll(keepingCapacity: true)
    guard count > 0, firstSequence > 0, firstSequence <= UInt64(Int64.max) - UInt64(count) else {
      return false
    }
    var start = 0
    for index in 0..<UInt64(count) {
      guard let frame = DeliveryFrame(in: run, at: start), frame.sequence(in: run) == firstSequence + index
      else { return false }
      start = frame.frame.upperBound
      runEnds.append(start)
    }
    return start == run.count
  }
}
