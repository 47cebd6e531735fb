import ChatCore
import NIOHTTP1

extension AdminRoutes {
  static func sessions(_ broker: any BrokerService) -> [Route] {
    [
      Route(.GET, "/v1/sessions", query: ["limit", "order"]) { request in
        let list = await broker.sessions(limit: try request.limit(), order: try request.order())
        return try .json(SessionsBody(sessions: list.sessions.map(SessionBody.init), total: list.total))
      },
      Route(.DELETE, "/v1/sessions/{session}") { request in
        guard await broker.disconnect(session: try request.parameter("session")) else {
          throw HTTPFailure.notFound("there is no such session: GET /v1/sessions lists those that there are")
        }
        return .noContent
      },
    ]
  }
}

extension HTTPRequest {
  fileprivate func order() throws(HTTPFailure) -> SessionOrder {
    guard let text = query["order"] else { return .age }
    guard let order = SessionOrder(rawValue: text) else {
      let names = SessionOrder.allCases.map(\.rawValue).joined(separator: " or ")
      throw .badRequest("order must be \(names)")
    }
    return order
  }
}

private struct SessionsBody: Encodable {
  let sessions: [SessionBody]
  let total: Int
}

/// A session in the API.
struct SessionBody: Encodable {
  let session: String
  let user: String
  let device: String
  let client: String
  let transport: String
  let conversations: Int
  let connectedAt: Decimal
  let lagMessages: Decimal
  let outboxBytes: Int
  let isWritable: Bool

  init(_ info: SessionInfo) {
    session = info.session
    user = info.user.name
    device = info.device
    client = info.client
    transport = info.transport.rawValue
    conversations = info.conversations
    connectedAt = Decimal(info.connectedAt)
    lagMessages = Decimal(info.lagMessages)
    outboxBytes = info.outboxBytes
    isWritable = info.isWritable
  }
}
