/// The part of a log that is to be read.
struct HistoryRange: Hashable, Sendable {
  /// What was asked for.
  struct Request: Hashable, Sendable {
    var after: UInt64?
    var before: UInt64?
    /// `nil`: no limit.
    var limit: UInt64?
  }

  let first: UInt64
  let last: UInt64

  /// With `after` the first messages that fit, else the last. `nil` if there are none.
  ///
  /// - Parameters:
  ///   - firstHeld: the lowest sequence in the log; 0: the log is empty.
  ///   - lastHeld: the highest.
  init?(_ request: Request, firstHeld: UInt64, lastHeld: UInt64) {
    guard firstHeld > 0, lastHeld >= firstHeld, request.before != 0, request.after != .max else { return nil }
    var first = max(firstHeld, request.after.map { $0 + 1 } ?? 0)
    var last = min(lastHeld, request.before.map { $0 - 1 } ?? .max)
    guard first <= last else { return nil }
    if let limit = request.limit, limit <= last - first {
      guard limit > 0 else { return nil }
      if request.after == nil { first = last - limit + 1 } else { last = first + limit - 1 }
    }
    self.first = first
    self.last = last
  }
}
