import ChatCore

extension NodeService {
  func presence(of user: UserID) async -> UserPresence {
    UserPresence(sessions: await onAllLoops { $0.sessions(of: user).count }.reduce(0, +))
  }

  func sessions(of user: UserID) async -> [SessionInfo] {
    await onAllLoops { $0.sessions(of: user) }.joined().map(SessionInfo.init)
      .sorted { ($0.connectedAt, $0.session) < ($1.connectedAt, $1.session) }
  }

  func sessions(limit: Int, order: SessionOrder) async -> SessionList {
    let all = await onAllLoops { $0.allSessions() }.joined()
    let sorted =
      switch order {
      case .lag:
        all.sorted { ($0.lag, $0.outboxBytes, $1.acceptedAt) > ($1.lag, $1.outboxBytes, $0.acceptedAt) }
      case .age: all.sorted { $0.acceptedAt < $1.acceptedAt }
      }
    return SessionList(sessions: sorted.prefix(limit).map(SessionInfo.init), total: sorted.count)
  }

  func disconnect(session: String) async -> Bool {
    await onAllLoops { $0.disconnect(named: session) }.contains(true)
  }

  func disconnect(user: UserID) async -> Int {
    await onAllLoops { driver in driver.disconnect(driver.sessions(of: user).map(\.id)) }.reduce(0, +)
  }
}

extension SessionInfo {
  fileprivate init(_ state: SessionState) {
    self.init(
      session: state.name, user: state.user, device: state.device, client: state.client,
      transport: Transport(state.format),
      conversations: state.conversations, connectedAt: state.acceptedAt, lagMessages: state.lag,
      outboxBytes: state.outboxBytes, isWritable: state.isWritable)
  }
}

extension SessionInfo.Transport {
  init(_ format: WireFormat) {
    self =
      switch format {
      case .stream: .tcp
      case .messages: .webSocketProtobuf
      case .json: .webSocketJSON
      }
  }
}
