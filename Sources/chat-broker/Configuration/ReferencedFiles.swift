import ChatServer

/// The files that settings name: keys and certificates. A setting may be good, and its file of no use.
enum ReferencedFiles {
  /// Reads all of them as `serve` would, and makes none.
  ///
  /// - Returns: what is wrong with them.
  static func problems(of settings: Settings) async -> [SettingProblem] {
    var problems: [SettingProblem] = []
    // Stands for a key that the first start makes.
    var adminKey = String(repeating: "-", count: AdminKey.minimumBytes)
    if settings.adminPort != nil {
      do throws(CommandFailure) {
        adminKey = try settings.adminKeySource.existing(data: settings.data ?? "") ?? adminKey
      } catch {
        problems.append(SettingProblem(.unreadable, key: "admin.key_file", error.message))
      }
    }
    do {
      try ChatServer.checkCertificates(of: settings.serverConfiguration { adminKey })
    } catch let error as ServerError {
      problems.append(SettingProblem(.unreadable, key: "tls.certificate_file", error.message))
    } catch {
      problems.append(SettingProblem(.unreadable, key: "tls.certificate_file", "\(error)"))
    }
    do throws(CommandFailure) {
      _ = try await settings.authentication.keys.load()
    } catch {
      problems.append(SettingProblem(.unreadable, key: "auth.keys_file", error.message))
    }
    return problems
  }
}
