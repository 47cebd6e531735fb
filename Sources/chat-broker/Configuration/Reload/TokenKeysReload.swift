import ChatServer

/// The keys of tokens, as a part that takes other settings. Whether there is authentication at all it cannot change.
struct TokenKeysReload: Reloadable {
  /// nil: the broker runs without authentication.
  let keys: TokenKeys?

  func files(_ settings: Settings) -> [String] {
    [settings.authentication.keys.secretFile, settings.authentication.keys.keysFile].compactMap { $0 }
  }

  func prepare(_ settings: Settings) async throws(SettingProblem) -> AppliedChange? {
    guard let keys else {
      guard settings.authentication.isOn else { return nil }
      throw SettingProblem(
        .conflict, key: "auth.keys_file",
        "the broker runs without authentication, so keys of tokens would keep nobody out: restart it with them"
      )
    }
    guard settings.authentication.isOn else {
      throw SettingProblem(
        .conflict, key: "auth.keys_file",
        "the keys of tokens are gone from the configuration, so that nobody could come in: restart without "
          + "authentication, or name keys")
    }
    let new: VerificationKeys
    do throws(CommandFailure) {
      new = try await settings.authentication.keys.load()
    } catch {
      throw SettingProblem(.conflict, key: "auth.keys_file", error.message)
    }
    do {
      try keys.check(read: new)
    } catch {
      throw SettingProblem(.conflict, key: "auth.keys_file", error.description)
    }
    return {
      do throws(TokenKeyError) {
        try keys.replaceRead(new)
        return "keys of tokens, \(new.count) of the configuration"
      } catch {
        // The issuer has published more meanwhile.
        return "not the keys of tokens: \(error.description)"
      }
    }
  }
}
