/// Finds event loops that do not turn any longer, by their beats. Times are in milliseconds.
///
/// Silence is added up look by look, and a look counts as ``longestLook`` at most: after a pause of the whole
/// process, or of the machine, no loop is to blame.
struct LoopWatch {
  enum Event: Hashable {
    case wedged(loop: Int, silentFor: UInt64)
    case answersAgain(loop: Int, silentFor: UInt64)
    /// Only a new process helps.
    case mustEnd(loop: Int, silentFor: UInt64)
  }

  private struct Loop {
    var beats: UInt64 = 0
    var silentFor: UInt64 = 0
    var isWedged = false
    var mustEnd = false
  }

  static let longestLook: UInt64 = 250

  private let limit: UInt64
  private let end: UInt64
  private var loops: [Loop]

  /// - Parameters:
  ///   - limit: a loop that is silent for this long is wedged.
  ///   - end: one that is silent for this long will not come back; 0: it always may.
  init(loops: Int, limit: UInt64, end: UInt64) {
    self.limit = limit
    self.end = end
    self.loops = Array(repeating: Loop(), count: loops)
  }

  /// - Parameters:
  ///   - beats: how often each loop has turned.
  ///   - elapsed: since the last look.
  mutating func look(beats: [UInt64], after elapsed: UInt64) -> [Event] {
    zip(loops.indices, beats).flatMap { look($0, beats: $1, after: min(elapsed, Self.longestLook)) }
  }

  private mutating func look(_ number: Int, beats: UInt64, after elapsed: UInt64) -> [Event] {
    var loop = loops[number]
    defer { loops[number] = loop }
    guard beats == loop.beats else {
      let before = loop
      loop = Loop(beats: beats)
      return before.isWedged ? [.answersAgain(loop: number, silentFor: before.silentFor)] : []
    }
    loop.silentFor += elapsed
    var events: [Event] = []
    if loop.silentFor >= limit, !loop.isWedged {
      loop.isWedged = true
      events.append(.wedged(loop: number, silentFor: loop.silentFor))
    }
    if end > 0, loop.silentFor >= end, !loop.mustEnd {
      loop.mustEnd = true
      events.append(.mustEnd(loop: number, silentFor: loop.silentFor))
    }
    return events
  }
}
