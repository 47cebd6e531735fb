import ChatCore
import NIOHTTP1

extension AdminRoutes {
  static func conversations(_ broker: any BrokerService) -> [Route] {
    [
      Route(.GET, "/v1/conversations", query: ["after", "limit"]) { request in
        let limit = try request.limit()
        // One more shows whether there are more.
        let found = try await broker.conversations(after: try request.after(), limit: limit + 1)
        let page = found.prefix(limit)
        return try .json(
          ConversationsBody(
            conversations: page.map(ConversationBody.init),
            next: found.count > limit ? page.last?.id.name : nil))
      },
      Route(.GET, "/v1/conversations/{conversation}") { request in
        let conversation = try request.conversation()
        guard let info = try await broker.conversation(conversation) else {
          throw HTTPFailure.noConversation(conversation)
        }
        return try .json(ConversationBody(info))
      },
      Route(
        .GET, "/v1/conversations/{conversation}/messages", query: ["after", "before", "limit", "fromStart"]
      ) { request in
        let conversation = try request.conversation()
        guard let page = try await broker.history(try request.history(conversation)) else {
          throw HTTPFailure.noConversation(conversation)
        }
        return try .json(HistoryBody(page))
      },
    ]
  }
}

extension HTTPRequest {
  fileprivate func history(_ conversation: ConversationID) throws(HTTPFailure) -> ClientFrame.History {
    let after = try sequence("after")
    let before = try sequence("before")
    let fromStart = try flag("fromStart")
    guard [after != nil, before != nil, fromStart].count(where: { $0 }) <= 1 else {
      throw .badRequest("give one of after, before and fromStart, or none for the newest page")
    }
    guard before != 0 else {
      throw .badRequest("before must be 1 or more: there is nothing below sequence 1")
    }
    return ClientFrame.History(
      conversation: conversation.name, after: after ?? 0, before: before ?? 0,
      limit: UInt32(try limit()),
      // On the wire 0 is no bound at all.
      fromStart: fromStart || after == 0)
  }
}

private struct ConversationsBody: Encodable {
  let conversations: [ConversationBody]
  let next: String?
}

private struct HistoryBody: Encodable {
  let conversation: String
  let epoch: Decimal
  let firstSequence: Decimal
  let lastSequence: Decimal
  let messages: [MessageBody]

  init(_ page: ServerFrame.HistoryPage) {
    conversation = page.conversation
    epoch = Decimal(page.epoch)
    firstSequence = Decimal(page.firstSequence)
    lastSequence = Decimal(page.lastSequence)
    messages = page.messages.map(MessageBody.init)
  }
}
