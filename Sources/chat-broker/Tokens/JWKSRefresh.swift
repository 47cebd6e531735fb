import AsyncHTTPClient
import ChatServer
import Logging
import ServiceLifecycle

/// Keeps keys as their issuer publishes them. What cannot be fetched leaves the keys as they were.
struct JWKSRefresh: Service, CustomStringConvertible {
  /// For logs of the lifecycle, which would have all members otherwise.
  var description: String { "keys for tokens from \(fetcher.host)" }

  /// Times between two attempts.
  struct Intervals: Sendable {
    /// After a success.
    var refresh = Duration.seconds(300)
    /// After a failure, and when a token has named a key that is not known.
    var retry = Duration.seconds(10)
  }

  let fetcher: JWKSFetcher
  let keys: TokenKeys
  let counters: AttemptCounters
  let logger: Logger
  var intervals = Intervals()

  func run() async throws {
    let client = JWKSFetcher.makeClient()
    await cancelWhenGracefulShutdown { await refresh(client) }
    try await client.shutdown()
  }

  private func refresh(_ client: HTTPClient) async {
    let clock = ContinuousClock()
    var due = clock.now
    while !Task.isCancelled {
      // The issuer may have a new key.
      if clock.now >= due || keys.verifier.takeKeyMissing() {
        due = await fetch(client) ? clock.now + intervals.refresh : clock.now
      }
      guard (try? await Task.sleep(for: intervals.retry)) != nil else { return }
    }
  }

  private func fetch(_ client: HTTPClient) async -> Bool {
    do {
      let fetched = try await fetcher.fetch(client)
      try keys.replaceFetched(fetched)
      for reason in fetched.ignored {
        logger.warning("a key of the key set is left out", metadata: ["reason": "\(reason)"])
      }
      counters.countSuccess()
      logger.debug("keys for tokens fetched", metadata: ["keys": "\(fetched.count)"])
      return true
    } catch {
      guard !Task.isCancelled else { return false }
      counters.countFailure()
      var metadata: Logger.Metadata = [
        "server.address": "\(fetcher.host)", "error": "\(error)", "keys": "\(keys.verifier.keyCount)",
      ]
      metadata["server.port"] = fetcher.port.map { .stringConvertible($0) }
      logger.error("cannot fetch the keys for tokens; those that are there stay", metadata: metadata)
      return false
    }
  }
}

extension JWKSRefresh {
  /// What fetches keys, if an issuer is named.
  static func service(
    of settings: AuthenticationSettings, for keys: TokenKeys?, counters: AttemptCounters, logger: Logger
  ) throws(CommandFailure) -> [ServiceGroupConfiguration.ServiceConfiguration] {
    guard let keys, let url = settings.keysURL else { return [] }
    return [
      .init(
        service: JWKSRefresh(fetcher: try JWKSFetcher(url), keys: keys, counters: counters, logger: logger))
    ]
  }
}
