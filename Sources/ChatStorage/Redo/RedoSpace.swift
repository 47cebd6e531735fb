/// Where the next record of a redo log goes.
///
/// The log has two halves, which are written in turn. A half is written over once the tables have all its records on
/// stable storage.
struct RedoSpace {
  enum Place: Hashable {
    /// At this offset, behind the record before.
    case next(Int)
    /// At this offset, at the start of the other half.
    case otherHalf(Int)

    var offset: Int {
      switch self {
      case .next(let offset), .otherHalf(let offset): offset
      }
    }
  }

  /// Bytes of a half.
  let halfBytes: Int
  /// Where the current half starts.
  private var start = 0
  private var used = 0
  /// Numbers of the last records of both halves; 0: there is none.
  private var lastNumber: UInt64 = 0
  private var lastNumberOfOther: UInt64 = 0

  init(halfBytes: Int) {
    self.halfBytes = max(0, halfBytes)
  }

  /// The place for a record; nil: there is none for now.
  ///
  /// - Parameter syncedThrough: the tables have the records up to this number on stable storage.
  func place(of bytes: Int, syncedThrough: UInt64) -> Place? {
    if bytes <= halfBytes - used { return .next(start + used) }
    guard bytes <= halfBytes, lastNumberOfOther <= syncedThrough else { return nil }
    return .otherHalf(otherStart)
  }

  /// Notes a record that was written at the place. One that could not be leaves no gap, behind which none would be
  /// found: the next one gets its place.
  mutating func wrote(_ number: UInt64, bytes: Int, at place: Place) {
    switch place {
    case .next: used += bytes
    case .otherHalf:
      start = otherStart
      used = bytes
      lastNumberOfOther = lastNumber
    }
    lastNumber = number
  }

  private var otherStart: Int { start == 0 ? halfBytes : 0 }
}
