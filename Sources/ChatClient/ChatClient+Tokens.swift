import Logging

// Tokens of a session: the one that it was given, or those of a provider.
extension ChatClient {
  /// Brings a new token before the old one expires, so that the session goes on; also used for later connections.
  ///
  /// Call it after `ServerFrame.Event.tokenExpiring(expiresIn:)`. With ``Configuration/tokenProvider`` the client
  /// does it by itself.
  ///
  /// - Throws: ``ChatClientError``; the session goes on with the old token as long as that lasts.
  public func refresh(token: String) async throws {
    state.token = token
    let answer = try await request(.refresh(token: token))
    guard case .done = answer else { throw ChatClientError.unexpected(answer, "Refresh") }
  }

  /// Asks the provider, then connects.
  func openWithToken(_ link: Int, _ provider: @escaping TokenProvider) {
    Task {
      do {
        let token = try await provider()
        guard state.connection.next?.id == link else { return }
        state.token = token
        connect(link)
      } catch {
        lost(link, .tokenProvider(error))
      }
    }
  }

  /// Asks the provider, then refreshes. If that fails the session ends with its token, and the client connects again.
  func refreshToken() {
    guard let provider = configuration.tokenProvider else { return }
    Task {
      do {
        let token = try await provider()
        run { state, now in state.refresh(token, at: now) }
      } catch {
        logger.warning("the token provider failed", metadata: ["error": "\(type(of: error))"])
      }
    }
  }
}

extension ChatClientError {
  /// What the provider has thrown may hold secrets, so only its kind is told.
  static func tokenProvider(_ error: any Error) -> ChatClientError {
    ChatClientError(
      .tokenUnavailable,
      "the token provider failed (\(type(of: error))): the client asks it again with the next attempt")
  }
}
