import Foundation
import Synchronization

/// The children that run and the folders that are to go, so that Ctrl-C leaves nothing behind.
enum ChildRegistry {
  private struct State {
    var children: Set<pid_t> = []
    var folders: Set<String> = []
    var sources: [any DispatchSourceSignal] = []
  }

  private static let state = Mutex(State())

  static func add(_ child: pid_t) {
    watchSignals()
    state.withLock { _ = $0.children.insert(child) }
  }

  static func remove(_ child: pid_t) { state.withLock { _ = $0.children.remove(child) } }

  static func add(folder: String) { state.withLock { _ = $0.folders.insert(folder) } }

  static func remove(folder: String) {
    state.withLock { _ = $0.folders.remove(folder) }
    try? FileManager.default.removeItem(atPath: folder)
  }

  /// From the first child on.
  private static func watchSignals() {
    state.withLock { state in
      guard state.sources.isEmpty else { return }
      for number in [SIGINT, SIGTERM, SIGHUP] {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler { end(number) }
        source.activate()
        state.sources.append(source)
      }
      // A child that went away while it was written to is told by the write's error.
      signal(SIGPIPE, SIG_IGN)
    }
  }

  private static func end(_ number: Int32) {
    state.withLock { state in
      for child in state.children { kill(child, SIGKILL) }
      for folder in state.folders { try? FileManager.default.removeItem(atPath: folder) }
      exit(128 + number)
    }
  }
}
