import ChatServer
import Logging
import Synchronization

/// The keys of a broker that come from several places, each of which may bring new ones at any time.
final class TokenKeys: Sendable {
  private struct Parts {
    var read = VerificationKeys.none
    var fetched = VerificationKeys.none
  }

  let verifier: TokenVerifier
  private let parts = Mutex(Parts())

  /// No keys yet.
  init(rules: TokenRules = TokenRules()) {
    verifier = TokenVerifier(.none, rules: rules)
  }

  /// Those of the configuration: a secret, files.
  ///
  /// - Throws: ``TokenKeyError`` if there are too many together; then nothing changes.
  func replaceRead(_ keys: VerificationKeys) throws(TokenKeyError) { try replace(\.read, keys) }

  /// Whether there would not be too many with these.
  ///
  /// - Throws: ``TokenKeyError`` if there would.
  func check(read: VerificationKeys) throws(TokenKeyError) {
    let fetched = parts.withLock { $0.fetched }
    _ = try read.merging(fetched)
  }

  /// Those that the issuer publishes.
  ///
  /// - Throws: ``TokenKeyError`` if there are too many together; then nothing changes.
  func replaceFetched(_ keys: VerificationKeys) throws(TokenKeyError) { try replace(\.fetched, keys) }

  private func replace(
    _ part: WritableKeyPath<Parts, VerificationKeys>, _ keys: VerificationKeys
  ) throws(TokenKeyError) {
    try parts.withLock { (parts) throws(TokenKeyError) in
      var changed = parts
      changed[keyPath: part] = keys
      verifier.replaceKeys(try changed.read.merging(changed.fetched))
      parts = changed
    }
  }
}

extension TokenKeys {
  /// The keys that the configuration names.
  ///
  /// - Returns: nil if there is no authentication.
  /// - Throws: a failure of the configuration.
  static func load(
    _ settings: AuthenticationSettings, logger: Logger
  ) async throws(CommandFailure) -> TokenKeys? {
    guard settings.isOn else { return nil }
    let keys = TokenKeys(rules: settings.rules)
    let read = try await settings.keys.load()
    do throws(TokenKeyError) {
      try keys.replaceRead(read)
    } catch {
      throw CommandFailure(.configuration, "the keys for tokens cannot be used: \(error.description)")
    }
    for reason in read.ignored {
      logger.warning("a key for tokens is left out", metadata: ["reason": "\(reason)"])
    }
    let algorithms = read.algorithms.map(\.rawValue).joined(separator: ", ")
    logger.info(
      "tokens are asked for", metadata: ["keys": "\(read.count)", "algorithms": "\(algorithms)"])
    return keys
  }
}
