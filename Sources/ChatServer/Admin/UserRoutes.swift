import ChatCore
import NIOHTTP1

extension AdminRoutes {
  static func users(_ broker: any BrokerService) -> [Route] {
    [
      Route(.GET, "/v1/users/{user}/presence") { request in
        let user = try request.user()
        let presence = await broker.presence(of: user)
        return try .json(
          PresenceBody(user: user.name, online: presence.sessions > 0, sessions: presence.sessions))
      },
      Route(.GET, "/v1/users/{user}/sessions") { request in
        let sessions = await broker.sessions(of: try request.user())
        return try .json(UserSessionsBody(sessions: sessions.map(SessionBody.init)))
      },
      Route(.DELETE, "/v1/users/{user}/sessions") { request in
        try .json(DisconnectedBody(disconnected: await broker.disconnect(user: try request.user())))
      },
    ]
  }
}

private struct PresenceBody: Encodable {
  let user: String
  let online: Bool
  let sessions: Int
}

private struct UserSessionsBody: Encodable {
  let sessions: [SessionBody]
}

private struct DisconnectedBody: Encodable {
  let disconnected: Int
}
