import ChatServer
import Synchronization

/// The key of the admin listener, as a part that takes another one.
final class AdminKeyReload: Reloadable {
  private let server: ChatServer
  private let current: Mutex<String?>

  /// - Parameter key: the one that the server began with; nil: it has no such listener.
  init(server: ChatServer, key: String?) {
    self.server = server
    current = Mutex(key)
  }

  func files(_ settings: Settings) -> [String] {
    switch settings.adminKeySource {
    case .text: []
    case .file(let path): [path]
    case .dataDirectory: settings.data.map { [AdminKeySource.path(in: $0)] } ?? []
    }
  }

  func prepare(_ settings: Settings) async throws(SettingProblem) -> AppliedChange? {
    guard let before = current.withLock({ $0 }) else { return nil }
    let new: String
    do throws(CommandFailure) {
      // A file of the broker's own that is gone is no new key.
      guard let key = try settings.adminKeySource.existing(data: settings.data ?? "") else { return nil }
      new = key
    } catch {
      throw SettingProblem(.unreadable, key: "admin.key_file", error.message)
    }
    guard new != before else { return nil }
    return { [self] in
      do throws(ServerError) {
        try server.replaceAdminKey(new)
        current.withLock { $0 = new }
        return "admin key"
      } catch {
        // It has been stopped meanwhile.
        return "not the admin key: \(error.message)"
      }
    }
  }
}
