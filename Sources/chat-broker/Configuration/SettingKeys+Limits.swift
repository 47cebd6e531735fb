import ChatCore

// The bounds of sessions, delivery and publishing: one key for each field of Limits. All are taken live.
extension SettingKeys {
  static let limits: [SettingKey] = frames + connections + sessions + tokens + delivery + publishing

  private static let kilo = 1024
  private static let mega = 1024 * 1024
  private static let giga = 1024 * 1024 * 1024

  private static func limit<Value>(
    _ name: String, _ field: any WritableKeyPath<Settings, Value> & Sendable, _ range: ClosedRange<Value>,
    unit: String? = nil, _ sentence: String
  ) -> SettingKey where Value: FixedWidthInteger & Sendable {
    SettingKey("limits." + name, field, .number(range), unit: unit, live: true, sentence)
  }

  private static func bytes(
    _ name: String, _ field: any WritableKeyPath<Settings, Int> & Sendable, _ range: ClosedRange<Int>,
    _ sentence: String
  ) -> SettingKey {
    limit(name, field, range, unit: "bytes", sentence)
  }

  private static func milliseconds(
    _ name: String, _ field: any WritableKeyPath<Settings, UInt64> & Sendable, _ range: ClosedRange<UInt64>,
    _ sentence: String
  ) -> SettingKey {
    limit(name, field, range, unit: "ms", sentence)
  }

  private static let frames: [SettingKey] = [
    bytes(
      "frame_bytes", \.server.limits.frameBytes, 256...16 * mega,
      "The longest frame accepted from a client. Told to sessions."),
    bytes(
      "body_bytes", \.server.limits.bodyBytes, 1...16 * mega,
      "The longest body of a message. Told to sessions."),
    bytes(
      "decoding_bytes", \.server.limits.decodingBytes, 64 * kilo...giga,
      "The most memory that decoding one frame may take."),
    limit(
      "addresses_per_publish", \.server.limits.addressesPerPublish, 1...10_000,
      "The most addresses in one publish. Told to sessions."),
    limit(
      "positions_per_frame", \.server.limits.positionsPerFrame, 1_000...1_000_000,
      "The most places in one Connect, Acknowledge or MarkRead."),
    bytes(
      "client_message_bytes", \.server.limits.clientMessageBytes, 256...64 * mega,
      "The most bytes in one WebSocket message of a client. For WebSockets that come after a change."),
    bytes(
      "json_line_bytes", \.server.limits.jsonLineBytes, 256...64 * mega,
      "The longest line of JSON accepted from a client."),
    bytes(
      "server_frame_bytes", \.server.limits.serverFrameBytes, 64 * kilo...64 * mega,
      "The longest frame that the server sends. Told to sessions."),
  ]

  private static let connections: [SettingKey] = [
    limit(
      "connections", \.server.limits.connections, 0...10_000_000,
      "Connections of clients in all, over TCP and HTTP; 0: no limit."),
    limit(
      "connections_per_address", \.server.limits.connectionsPerAddress, 0...10_000_000,
      "Connections of one client, which is an IPv4 address or the /64 of an IPv6 address; 0: no limit."),
    milliseconds(
      "connection_retry_after_ms", \.server.limits.connectionRetryAfter, 0...600_000,
      "What a client is told to wait before it connects again when there are too many connections."),
  ]

  private static let tokens: [SettingKey] = [
    bytes("token_bytes", \.server.limits.tokenBytes, 256...64 * kilo, "The longest token."),
    limit(
      "authentications_in_flight", \.server.limits.authenticationsInFlight, 1...1_000_000,
      "Tokens of one loop that are being checked before further ones are told to come later."),
    milliseconds(
      "token_warning_ms", \.server.limits.tokenWarning, 0...day,
      "A session is told so long before that its token expires."),
    milliseconds(
      "refresh_interval_ms", \.server.limits.refreshInterval, 0...day,
      "A session may refresh its token no more often than this."),
  ]

  private static let sessions: [SettingKey] = [
    limit(
      "sessions_per_loop", \.server.limits.sessionsPerLoop, 1...10_000_000,
      "The most sessions on one event loop."),
    limit(
      "conversations_per_session", \.server.limits.conversationsPerSession, 1...1_000_000,
      "The most conversations that one session follows."),
    limit(
      "subscribes_in_flight", \.server.limits.subscribesInFlight, 1...1_000_000,
      "Subscribes of one session that wait until it is known where the log ends before further ones are refused."
    ),
    bytes(
      "outbox_bytes", \.server.limits.outboxBytes, 4 * kilo...giga,
      "Answers queued for a session before reading from it pauses."),
    limit(
      "memberships_in_flight", \.server.limits.membershipsInFlight, 1...65_536,
      "Joins and leaves of one session that wait for the store before further ones are refused."),
    limit(
      "publishes_in_flight", \.server.limits.publishesInFlight, 1...1_000_000,
      "Publishes of one session that wait for their commit before reading from it pauses."),
    limit(
      "history_in_flight", \.server.limits.historyInFlight, 1...65_536,
      "History requests of one session that wait for the store before further ones are refused."),
    milliseconds(
      "handshake_timeout_ms", \.server.limits.handshakeTimeout, 100...600_000,
      "A connection must send Connect within this time."),
    milliseconds(
      "idle_timeout_ms", \.server.limits.idleTimeout, 1_000...day,
      "A session that sent nothing for this time is closed. Told to sessions."),
    milliseconds(
      "heartbeat_interval_ms", \.server.limits.heartbeatInterval, 1_000...day,
      "A session to which nothing was sent for this time is sent a heartbeat. Told to sessions."),
    milliseconds(
      "stall_timeout_ms", \.server.limits.stallTimeout, 1_000...day,
      "A session that reads nothing of what waits for it for this time is closed."),
  ]

  private static let delivery: [SettingKey] = [
    bytes(
      "message_bytes", \.server.limits.messageBytes, kilo...16 * mega,
      "The most bytes in one WebSocket message to a client, unless one frame is longer."),
    bytes(
      "encrypted_flush_bytes", \.server.limits.encryptedFlushBytes, 64 * kilo...giga,
      "The most bytes that a loop copies in one flush for sessions whose bytes it encrypts."),
    bytes(
      "flush_bytes", \.server.limits.flushBytes, kilo...64 * mega,
      "The most bytes that one flush hands to a session's socket, unless one frame is longer."),
    limit("flush_pieces", \.server.limits.flushPieces, 1...1_000, "The most pieces of memory in one flush."),
    bytes(
      "window_bytes", \.server.limits.windowBytes, 0...1024 * giga,
      "Messages kept in memory for a conversation, on each loop that has followers."),
    bytes(
      "window_bytes_per_loop", \.server.limits.windowBytesPerLoop, 0...1024 * giga,
      "Messages kept in memory for all conversations of one loop."),
    milliseconds(
      "window_idle_time_ms", \.server.limits.windowIdleTime, 1_000...day,
      "What is kept in memory for a conversation goes when nothing came for this time."),
    limit(
      "page_messages", \.server.limits.pageMessages, 1...100_000,
      "The most messages in one page of history. Told to sessions."),
    bytes(
      "page_bytes", \.server.limits.pageBytes, kilo...32 * mega,
      "A page ends with the message that passes this size."),
    limit(
      "pages_per_session", \.server.limits.pagesPerSession, 1...1_024,
      "Pages of the store that one session holds at a time."),
  ]

  private static let publishing: [SettingKey] = [
    limit(
      "publishes_per_second_per_session", \.server.limits.publishesPerSecondPerSession, 0...1_000_000,
      "Publishes of one session in a second, each address counted, and as many at once; 0: no limit."),
    limit(
      "publishes_per_second_per_user", \.server.limits.publishesPerSecondPerUser, 0...1_000_000,
      "Publishes of one user in a second with all sessions, each address counted, and as many at once; 0: no limit."
    ),
    limit(
      "rated_users_per_loop", \.server.limits.ratedUsersPerLoop, 1...10_000_000,
      "Users whose rate of publishing one loop keeps at a time."),
    limit(
      "conversations_per_loop", \.server.limits.conversationsPerLoop, 1...100_000_000,
      "Conversations that one loop knows at a time, before publishes to further ones are refused."),
    limit(
      "publishes_waiting_per_conversation", \.server.limits.publishesWaitingPerConversation, 1...10_000_000,
      "Publishes to one conversation that wait for the store before further ones are refused."),
    bytes(
      "publish_bytes_waiting", \.server.limits.publishBytesWaiting, 64 * kilo...1024 * giga,
      "Publishes on one loop that wait for the store before further ones are refused."),
    milliseconds(
      "unavailable_retry_after_ms", \.server.limits.unavailableRetryAfter, 0...600_000,
      "What a client is told to wait before it retries when the store is unavailable."),
    limit(
      "queries_per_read", \.server.limits.queriesPerRead, 1...1_024,
      "Questions that go to the store together."),
    milliseconds(
      "store_retry_interval_ms", \.server.limits.storeRetryInterval, 100...600_000,
      "What the store could not read is asked for again this often."),
    limit(
      "event_members", \.server.limits.eventMembers, 0...100_000,
      "With more members nobody is told of marks and of who is typing."),
    milliseconds(
      "typing_interval_ms", \.server.limits.typingInterval, 0...600_000,
      "Others are told that somebody is typing no more often than this."),
    milliseconds(
      "mark_interval_ms", \.server.limits.markInterval, 100...600_000,
      "Marks are written to the store, and told to others, this often."),
  ]
}
