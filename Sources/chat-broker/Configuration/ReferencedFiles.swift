import ChatServer

/// The files that settings name: keys and certificates. A setting may be good, and its file of no use.
enum ReferencedFiles {
  /// Reads all of them as `serve` would, each by itself, and makes none.
  ///
  /// - Returns: what is wrong with them, each with its own key.
  static func problems(of settings: Settings) async -> [SettingProblem] {
    // Stands for a key that the first start makes.
    var adminKey = String(repeating: "-", count: AdminKey.minimumBytes)
    var problems: [SettingProblem] = []
    do throws(CommandFailure) {
      // A configuration without a listener for operators needs no key.
      if settings.adminPort != nil {
        adminKey = try settings.adminKeySource.existing(data: settings.data ?? "") ?? adminKey
      }
    } catch {
      problems.append(SettingProblem(.unreadable, key: "admin.key_file", error.message))
    }
    return problems + certificateProblems(settings, adminKey: adminKey)
      + (await settings.authentication.keys.problems())
  }

  private static func certificateProblems(_ settings: Settings, adminKey: String) -> [SettingProblem] {
    do throws(CommandFailure) {
      let configuration = try settings.serverConfiguration { adminKey }
      return ChatServer.checkCertificates(of: configuration).map {
        SettingProblem(.unreadable, key: $0.setting, $0.message)
      }
    } catch {
      return [SettingProblem(.unreadable, error.message)]
    }
  }
}
