/// Decides what to give up when the process takes more memory than its budget. Times are in milliseconds.
struct MemoryWatch {
  /// How far it has come.
  enum Stage: Hashable {
    case well
    /// Windows are given back, again and again.
    case shedding
    /// That was not enough: no new sessions either.
    case refusing
    /// Nor was that.
    case ending
  }

  enum Action: Hashable {
    case shedWindows
    case refuseSessions
    case takeSessions
    case end
  }

  /// A look counts for this much time at most: a pause of the process is no time over the budget.
  static let longestLook: UInt64 = 2_000

  private(set) var stage = Stage.well
  private let budget: UInt64
  private let refuseAfter: UInt64
  private let endAfter: UInt64
  private var overFor: UInt64 = 0

  /// - Parameter configuration: without a budget all is well.
  init(_ configuration: HealthConfiguration) {
    budget = configuration.memoryBytes
    refuseAfter = configuration.memoryRefuse
    endAfter = configuration.memoryEnd
  }

  /// Below this a node that was over its budget is well again: a little below, so that it does not go to and fro.
  private var wellAgain: UInt64 { budget - budget / 20 }

  /// - Parameters:
  ///   - bytes: what the process has.
  ///   - elapsed: since the last look.
  mutating func look(bytes: UInt64, after elapsed: UInt64) -> [Action] {
    guard budget > 0, stage != .ending else { return [] }
    guard bytes > (stage == .well ? budget : wellAgain) else {
      defer { stage = .well }
      return stage == .refusing ? [.takeSessions] : []
    }
    if stage == .well {
      overFor = 0
      stage = .shedding
    } else {
      overFor += min(elapsed, Self.longestLook)
    }
    var actions = [Action.shedWindows]
    if stage == .shedding, overFor >= refuseAfter {
      stage = .refusing
      actions.append(.refuseSessions)
    }
    if overFor >= endAfter {
      stage = .ending
      actions.append(.end)
    }
    return actions
  }
}
