import ChatServer

/// Where the keys come from by which tokens are checked. Read anew for each ``load()``, so that they can be replaced
/// while the broker runs.
struct TokenKeySource: Sendable, Equatable {
  /// The secret for HS256 itself.
  var secret: String?
  /// A file with the secret for HS256.
  var secretFile: String?
  /// A file with a JSON Web Key Set, or public keys or certificates in PEM.
  var keysFile: String?

  /// There is none of these.
  var isEmpty: Bool { secret == nil && secretFile == nil && keysFile == nil }

  /// The keys of all that are named.
  ///
  /// - Throws: a failure of the configuration that names the file, and nothing of what is in it.
  func load() async throws(CommandFailure) -> VerificationKeys {
    var keys = VerificationKeys.none
    if let secret {
      keys = try merge(
        keys,
        try await use("the secret") { () async throws(TokenKeyError) in
          try await .secret(Array(secret.utf8))
        }, "the secret")
    }
    if let secretFile {
      let bytes = try SmallFile.readSecret(secretFile, purpose: "the file with the secret for tokens")
      let name = "the file with the secret for tokens \(TerminalText.escape(secretFile))"
      keys = try merge(
        keys, try await use(name) { () async throws(TokenKeyError) in try await .secret(bytes) }, name)
    }
    if let keysFile {
      let text = String(
        decoding: try SmallFile.read(keysFile, purpose: "the file with keys for tokens"), as: UTF8.self)
      let name = "the file with keys for tokens \(TerminalText.escape(keysFile))"
      keys = try merge(
        keys, try await use(name) { () async throws(TokenKeyError) in try await .file(text) }, name)
    }
    return keys
  }

  /// Everything that is wrong with the keys, each place looked at by itself.
  func problems() async -> [SettingProblem] {
    var problems: [SettingProblem] = []
    func check(_ key: String, _ source: TokenKeySource) async {
      do throws(CommandFailure) {
        _ = try await source.load()
      } catch {
        problems.append(SettingProblem(.unreadable, key: key, error.message))
      }
    }
    if let secret { await check("auth.secret", TokenKeySource(secret: secret)) }
    if let secretFile { await check("auth.secret_file", TokenKeySource(secretFile: secretFile)) }
    if let keysFile { await check("auth.keys_file", TokenKeySource(keysFile: keysFile)) }
    // Together they may be too many.
    if problems.isEmpty { await check("auth.keys_file", self) }
    return problems
  }

  private func use(
    _ name: String, _ read: () async throws(TokenKeyError) -> VerificationKeys
  ) async throws(CommandFailure) -> VerificationKeys {
    do {
      return try await read()
    } catch {
      throw CommandFailure(.configuration, "\(name) cannot be used: \(error.description)")
    }
  }

  private func merge(
    _ keys: VerificationKeys, _ more: VerificationKeys, _ name: String
  ) throws(CommandFailure) -> VerificationKeys {
    do {
      return try keys.merging(more)
    } catch {
      throw CommandFailure(.configuration, "\(name) cannot be used: \(error.description)")
    }
  }
}
