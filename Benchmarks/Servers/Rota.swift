import Foundation

/// Lets trials run in turn, one at a time, in slices that are short against what disturbs a machine: so all of them meet
/// the same moments of it.
struct Rota {
  /// Long against what it takes to fill the caches of a core again.
  private static let slice = 0.15

  private var waiting: [Trial]

  /// - Parameter trials: they have begun, and are paused.
  init(_ trials: [Trial]) { waiting = trials }

  /// Runs all to their ends.
  mutating func run() throws {
    while !waiting.isEmpty {
      for trial in waiting {
        trial.resume()
        if try trial.advance(until: Date(timeIntervalSinceNow: Self.slice)) {
          trial.noteInTurn()
          trial.stop()
          waiting.removeAll { $0 === trial }
        } else {
          trial.pause()
        }
      }
    }
  }
}
