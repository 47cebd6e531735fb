import ChatCore
import NIOCore

extension NodeService: BrokerService {
  // MARK: Messages

  func publish(_ publish: ClientFrame.Publish, as user: UserID) async throws(ChatError) -> [Receipt] {
    switch try await ask(.publish(publish), for: user) {
    case .published(let receipts): return receipts
    default: throw .unexpectedAnswer
    }
  }

  func history(_ history: ClientFrame.History) async throws(ChatError) -> ServerFrame.HistoryPage? {
    let conversation = try ConversationID(history.conversation)
    // Of what is not stored there is no history, but that is no reason to say that there is no conversation.
    if configuration.retention.keeps(conversation), try await self.conversation(conversation) == nil {
      return nil
    }
    switch try await ask(.history(history), for: .operator) {
    case .historyPage(let page): return page
    default: throw .unexpectedAnswer
    }
  }

  /// Hands a request to a loop: each user's to the same one, so that they keep their order.
  private func ask(_ body: ClientFrame.Body, for user: UserID) async throws(ChatError) -> ServerFrame.Body {
    let port = ports[Int(UInt(bitPattern: user.hashValue) % UInt(ports.count))]
    guard let answer = try? await whileLoopsRun({ try await port.ask(body, for: user) }) else {
      throw ChatError(.draining, "this node is shutting down: ask another one")
    }
    if case .error(let error) = answer { throw error }
    return answer
  }

  // MARK: Conversations and members

  func conversations(after: String?, limit: Int) async throws(ChatError) -> [ConversationInfo] {
    guard case .conversations(let found) = try await read(.conversations(after: after, limit: limit)) else {
      throw .unexpectedAnswer
    }
    return found.map(ConversationInfo.init)
  }

  func conversation(_ conversation: ConversationID) async throws(ChatError) -> ConversationInfo? {
    guard case .conversation(let found) = try await read(.conversation(conversation)) else {
      throw .unexpectedAnswer
    }
    return found.map(ConversationInfo.init)
  }

  func members(
    of conversation: ConversationID, after: String?, limit: Int
  ) async throws(ChatError) -> [MemberInfo]? {
    guard case .members(let found) = try await read(.members(conversation, after: after, limit: limit)) else {
      throw .unexpectedAnswer
    }
    return found?.map { MemberInfo(user: $0.user, delivered: $0.delivered, read: $0.read) }
  }

  func addMember(_ user: UserID, to group: ConversationID) async throws(ChatError) -> ConversationInfo {
    _ = try await ask(.join(conversation: group.name), for: user)
    guard let info = try await conversation(group) else { throw .unexpectedAnswer }
    return info
  }

  func removeMember(_ user: UserID, from group: ConversationID) async throws(ChatError) {
    _ = try await ask(.leave(conversation: group.name), for: user)
  }

  private func read(_ query: StoreQuery) async throws(ChatError) -> StoreAnswer {
    let result = await withCheckedContinuation { continuation in
      store.read(query) { continuation.resume(returning: $0) }
    }
    switch result {
    case .success(let answer): return answer
    case .failure(let error): throw .unavailable(error, limits.withLockedValue { $0 })
    }
  }
}

extension ConversationInfo {
  fileprivate init(_ stored: StoredConversation) {
    self.init(
      id: stored.conversation, epoch: stored.log.epoch, firstSequence: stored.log.firstSequence,
      lastSequence: stored.log.lastSequence, members: Int(stored.log.members))
  }
}

extension ChatError {
  fileprivate static let unexpectedAnswer = ChatError(
    .internal, "the broker was given an answer to something else: please report it")
}
