import ChatCore
import NIOHTTP1

extension AdminRoutes {
  static func members(_ broker: any BrokerService) -> [Route] {
    [
      Route(.GET, "/v1/conversations/{conversation}/members", query: ["after", "limit"]) { request in
        let conversation = try request.conversation()
        let limit = try request.limit()
        let after = try request.after()
        guard let found = try await broker.members(of: conversation, after: after, limit: limit + 1) else {
          throw HTTPFailure.noConversation(conversation)
        }
        let page = found.prefix(limit)
        return try .json(
          MembersBody(
            members: page.map(MembersBody.Member.init), next: found.count > limit ? page.last?.user.name : nil
          ))
      },
      Route(.PUT, "/v1/conversations/{group}/members/{user}") { request in
        try .json(ConversationBody(try await broker.addMember(try request.user(), to: try request.group())))
      },
      Route(.DELETE, "/v1/conversations/{group}/members/{user}") { request in
        try await broker.removeMember(try request.user(), from: try request.group())
        return .noContent
      },
    ]
  }
}

private struct MembersBody: Encodable {
  struct Member: Encodable {
    let user: String
    let delivered: Decimal
    let read: Decimal

    init(_ info: MemberInfo) {
      user = info.user.name
      delivered = Decimal(info.delivered)
      read = Decimal(info.read)
    }
  }

  let members: [Member]
  let next: String?
}
