package import ChatCore

/// A session as the HTTP API shows it.
package struct SessionInfo: Sendable, Hashable {
  /// What a session's connection speaks; the raw value is what the API says.
  package enum Transport: String, Sendable, CaseIterable {
    case tcp
    case webSocketProtobuf = "websocket-protobuf"
    case webSocketJSON = "websocket-json"
  }

  /// As in `Connected.session`.
  package var session: String
  /// Whose it is.
  package var user: UserID
  /// As in `Connect.device`.
  package var device: String
  /// As in `Connect.client`.
  package var client: String
  /// What its connection speaks.
  package var transport: Transport
  /// How many conversations it follows.
  package var conversations: Int
  /// Milliseconds since 1970.
  package var connectedAt: Int64
  /// Messages that wait for it to read, of all its conversations.
  package var lagMessages: UInt64
  /// Answers that wait for it to read.
  package var outboxBytes: Int
  /// Whether its connection takes bytes now.
  package var isWritable: Bool

  /// Makes a description.
  package init(
    session: String, user: UserID, device: String, client: String, transport: Transport, conversations: Int,
    connectedAt: Int64, lagMessages: UInt64, outboxBytes: Int, isWritable: Bool
  ) {
    self.session = session
    self.user = user
    self.device = device
    self.client = client
    self.transport = transport
    self.conversations = conversations
    self.connectedAt = connectedAt
    self.lagMessages = lagMessages
    self.outboxBytes = outboxBytes
    self.isWritable = isWritable
  }
}

/// What comes first in a list of sessions; the raw value is what the API takes.
package enum SessionOrder: String, Sendable, CaseIterable {
  /// The one that is furthest behind.
  case lag
  /// The oldest.
  case age
}

/// The first sessions of all.
package struct SessionList: Sendable, Hashable {
  /// In the order asked for.
  package var sessions: [SessionInfo]
  /// How many there are.
  package var total: Int

  /// Makes a list.
  package init(sessions: [SessionInfo], total: Int) {
    self.sessions = sessions
    self.total = total
  }
}

/// Whether a user is there.
package struct UserPresence: Sendable, Hashable {
  /// How many sessions the user has.
  package var sessions: Int

  /// Makes an answer.
  package init(sessions: Int) { self.sessions = sessions }
}
