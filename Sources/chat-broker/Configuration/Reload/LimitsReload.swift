import ChatCore
import ChatServer
import Synchronization

/// The limits of the server, as a part that takes other settings.
final class LimitsReload: Reloadable {
  private let server: ChatServer
  private let current: Mutex<Limits>

  /// - Parameter limits: those that the server began with.
  init(server: ChatServer, limits: Limits) {
    self.server = server
    current = Mutex(limits)
  }

  func prepare(_ settings: Settings) async throws(SettingProblem) -> AppliedChange? {
    let wanted = settings.server.limits
    guard wanted != current.withLock({ $0 }) else { return nil }
    return { [self] in
      do throws(ServerError) {
        try await server.apply(limits: wanted)
        current.withLock { $0 = wanted }
        return "limits"
      } catch {
        // The table of keys is stricter than the server, so it has been stopped meanwhile.
        return "not the limits: \(error.message)"
      }
    }
  }
}
