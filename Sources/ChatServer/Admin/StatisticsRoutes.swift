import NIOHTTP1

extension AdminRoutes {
  static func statistics(_ broker: any BrokerService) -> [Route] {
    [
      Route(.GET, "/v1/statistics") { _ in
        try .json(StatisticsBody(await broker.statistics()))
      }
    ]
  }
}

private struct StatisticsBody: Encodable {
  struct Latency: Encodable {
    let count: Decimal
    let p50Ms: Double
    let p99Ms: Double
    let maxMs: Double
  }

  struct Conversation: Encodable {
    let conversation: String
    let followers: Int
    let messages: Decimal
  }

  let time: Decimal
  let sessions: Int
  let users: Int
  let conversationsActive: Int
  let windowBytes: Int
  let laggingSessions: Int
  let framesReceived: Decimal
  let framesRefused: Decimal
  let messagesPublished: Decimal
  let deliveries: Decimal
  let bytesSent: Decimal
  let flushes: Decimal
  let gaps: Decimal
  let pagesRead: Decimal
  let limitsHit: [String: Decimal]
  let publishLatency: Latency
  let topConversations: [Conversation]

  init(_ statistics: BrokerStatistics) {
    time = Decimal(statistics.time)
    sessions = statistics.sessions
    users = statistics.users
    conversationsActive = statistics.activeConversations
    windowBytes = statistics.windowBytes
    laggingSessions = statistics.laggingSessions
    framesReceived = Decimal(statistics.framesReceived)
    framesRefused = Decimal(statistics.framesRefused)
    messagesPublished = Decimal(statistics.messagesPublished)
    deliveries = Decimal(statistics.deliveries)
    bytesSent = Decimal(statistics.bytesSent)
    flushes = Decimal(statistics.flushes)
    gaps = Decimal(statistics.gaps)
    pagesRead = Decimal(statistics.pagesRead)
    limitsHit = statistics.limitsHit.mapValues { Decimal($0) }
    let latency = statistics.publishLatency
    publishLatency = Latency(
      count: Decimal(latency.count), p50Ms: Self.finite(latency.p50), p99Ms: Self.finite(latency.p99),
      maxMs: Self.finite(latency.maximum))
    topConversations = statistics.topConversations.map {
      Conversation(conversation: $0.conversation, followers: $0.followers, messages: Decimal($0.messages))
    }
  }

  /// JSON has no word for infinity.
  private static func finite(_ value: Double) -> Double { value.isFinite ? value : 0 }
}
