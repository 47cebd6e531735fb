/// Decides when something that is looked at again and again has changed and come to rest.
///
/// A file that is being written looks different each time: it is not read before it looks the same twice.
struct ChangeDetector<Stamp: Hashable> {
  private var taken: Stamp
  private var last: Stamp

  /// - Parameter taken: how it looked when it was read.
  init(taken: Stamp) {
    self.taken = taken
    last = taken
  }

  /// - Returns: it is different from what was taken and has come to rest; from now on it counts as taken.
  mutating func hasChanged(to stamp: Stamp) -> Bool {
    defer { last = stamp }
    guard stamp != taken, stamp == last else { return false }
    taken = stamp
    return true
  }

  /// It was read for another reason.
  mutating func take(_ stamp: Stamp) {
    taken = stamp
    last = stamp
  }
}
