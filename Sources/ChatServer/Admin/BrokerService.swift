package import ChatCore

/// What the HTTP API asks of a broker.
///
/// Every call may come from any thread, at any time, also while the broker drains; what cannot be done then
/// throws ``ErrorCode/draining``.
package protocol BrokerService: Sendable {
  // MARK: Messages

  /// Publishes as a session of `user` would, and returns after the commit.
  ///
  /// - Returns: one receipt for each address, in their order. With several addresses a refusal is in its
  ///   receipt.
  /// - Throws: what a session would get as an `Error` frame, such as the refusal of the only address.
  func publish(_ publish: ClientFrame.Publish, as user: UserID) async throws(ChatError) -> [Receipt]

  /// Publishes in the order given: of two to one conversation, the first gets the lower sequence. Those that
  /// are refused do not affect the others.
  ///
  /// - Returns: one result for each, in their order.
  func publish(_ batch: [PublishRequest]) async -> [Result<[Receipt], ChatError>]

  /// Reads a page of a log as anybody who may.
  ///
  /// - Returns: `nil` if there is no such conversation.
  func history(_ history: ClientFrame.History) async throws(ChatError) -> ServerFrame.HistoryPage?

  // MARK: Conversations and members

  /// Conversations in byte order of their names.
  ///
  /// - Parameters:
  ///   - after: begins behind this name; `nil`: at the first one.
  ///   - limit: at most this many; fewer mean that there are no more.
  func conversations(after: String?, limit: Int) async throws(ChatError) -> [ConversationInfo]

  /// - Returns: `nil` if there is no such conversation.
  func conversation(_ conversation: ConversationID) async throws(ChatError) -> ConversationInfo?

  /// Members in byte order of their names.
  ///
  /// - Parameters:
  ///   - after: begins behind this name; `nil`: at the first one.
  ///   - limit: at most this many; fewer mean that there are no more.
  /// - Returns: `nil` if there is no such conversation.
  func members(
    of conversation: ConversationID, after: String?, limit: Int
  ) async throws(ChatError) -> [MemberInfo]?

  /// Makes a user a member of a group, which begins with its first member. Again has no effect.
  ///
  /// - Returns: the group with its new member.
  func addMember(_ user: UserID, to group: ConversationID) async throws(ChatError) -> ConversationInfo

  /// Ends a membership. Again, or if there was none, has no effect.
  func removeMember(_ user: UserID, from group: ConversationID) async throws(ChatError)

  // MARK: Users and sessions

  /// Whether the user has a session.
  func presence(of user: UserID) async -> UserPresence

  /// The user's sessions, the oldest first.
  func sessions(of user: UserID) async -> [SessionInfo]

  /// The first sessions in an order, of all that there are.
  func sessions(limit: Int, order: SessionOrder) async -> SessionList

  /// Closes a session; its client may connect again.
  ///
  /// - Returns: false if there is no such session.
  func disconnect(session: String) async -> Bool

  /// Closes all sessions of a user; their clients may connect again.
  ///
  /// - Returns: how many there were.
  func disconnect(user: UserID) async -> Int

  // MARK: The broker

  /// What this broker is, and what it is doing.
  func brokerInfo() async -> BrokerInfo

  /// Begins to drain as SIGTERM does, and returns at once. Again has no effect.
  func beginDrain() async

  /// What the broker has done since its start, and what it holds now.
  func statistics() async -> BrokerStatistics

  /// Whether the event loops turn, whatever the store does.
  func liveness() async -> BrokerHealth.Check

  /// Whether the broker has started.
  func startup() async -> BrokerHealth.Check

  /// Whether all parts work: each is tried, none is taken on trust.
  func health() async -> BrokerHealth

  /// What Prometheus reads.
  func metrics() async -> String
}

extension BrokerService {
  /// One after the other, each after the commit of the one before.
  package func publish(_ batch: [PublishRequest]) async -> [Result<[Receipt], ChatError>] {
    var results: [Result<[Receipt], ChatError>] = []
    for request in batch {
      do throws(ChatError) {
        results.append(.success(try await publish(request.publish, as: request.user)))
      } catch {
        results.append(.failure(error))
      }
    }
    return results
  }
}

/// One publish of a batch.
package struct PublishRequest: Sendable, Hashable {
  /// What and where to.
  package var publish: ClientFrame.Publish
  /// Who sends it.
  package var user: UserID

  /// Makes a request.
  package init(_ publish: ClientFrame.Publish, as user: UserID) {
    self.publish = publish
    self.user = user
  }
}
