package import Logging
import Synchronization

/// The least level that is logged, shared by all loggers of the program, and changed while it runs.
///
/// Reading it costs one relaxed load. A logger that was given a level of its own keeps it.
package final class LogLevelSwitch: Sendable {
  private let index: Atomic<Int>

  package init(_ level: Logger.Level) {
    index = Atomic(level.index)
  }

  /// From the next line on. May be set on any thread.
  package var level: Logger.Level {
    get {
      let index = index.load(ordering: .relaxed)
      let all = Logger.Level.allCases
      return all.indices.contains(index) ? all[index] : .info
    }
    set { index.store(newValue.index, ordering: .relaxed) }
  }
}

extension Logger.Level {
  fileprivate var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}
