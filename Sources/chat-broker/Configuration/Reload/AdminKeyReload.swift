import ChatServer
import Synchronization

/// The key of the admin listener, as a part that takes another one.
final class AdminKeyReload: Reloadable {
  private struct Current {
    var key: String
    var source: AdminKeySource
  }

  private let server: ChatServer
  /// nil: there is no such listener.
  private let current: Mutex<Current?>

  /// - Parameters:
  ///   - key: the one that the server began with; nil: it has no such listener.
  ///   - source: where it came from.
  init(server: ChatServer, key: String?, source: AdminKeySource) {
    self.server = server
    current = Mutex(key.map { Current(key: $0, source: source) })
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
    let source = settings.adminKeySource
    let found: String?
    do throws(CommandFailure) {
      found = try source.existing(data: settings.data ?? "")
    } catch {
      throw SettingProblem(.unreadable, key: "admin.key_file", error.message)
    }
    guard let found else {
      // A file of the broker's own that is gone is no new key; a key that nothing names any more must not go on.
      guard source != before.source else { return nil }
      throw SettingProblem(
        .conflict, key: "admin.key",
        "no admin key is named any more, and there is no \(AdminKeySource.file) in the data directory: restart the broker, "
          + "which makes one, or name a key")
    }
    let new = Current(key: found, source: source)
    guard new.key != before.key else {
      current.withLock { $0 = new }
      return nil
    }
    return { [self] in
      do throws(ServerError) {
        try server.replaceAdminKey(new.key)
        current.withLock { $0 = new }
        return "admin key"
      } catch {
        // It has been stopped meanwhile.
        return "not the admin key: \(error.message)"
      }
    }
  }
}
