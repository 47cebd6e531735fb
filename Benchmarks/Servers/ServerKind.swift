import ArgumentParser

/// A server that can be measured.
enum ServerKind: String, Codable, CaseIterable, Sendable, ExpressibleByArgument {
  case broker
  /// Our broker with conversations that are stored, as they are unless it is told otherwise.
  case brokerStored = "broker-stored"
  /// The same for publishes without a client message id: a repeat is stored again, as with the peers.
  case brokerRepeats = "broker-repeats"
  /// Our broker with subscribers over WebSocket.
  case brokerWebSocket = "broker-websocket"
  /// The same with JSON.
  case brokerJSON = "broker-json"
  case limit, nats, jetstream, redis
  case redisStreams = "redis-streams"
  case mosquitto

  /// The others, where nothing is stored.
  static let livePeers: [ServerKind] = [.nats, .redis, .mosquitto]
  static let durablePeers: [ServerKind] = [.redisStreams, .jetstream]

  /// For people.
  var title: String {
    switch self {
    case .broker: "chat-broker"
    case .brokerStored: "chat-broker, stored"
    case .brokerRepeats: "chat-broker, no client ids"
    case .brokerWebSocket: "chat-broker, WebSocket"
    case .brokerJSON: "chat-broker, JSON"
    case .limit: "limit (C)"
    case .nats: "NATS"
    case .jetstream: "JetStream"
    case .redis: "Redis"
    case .redisStreams: "Redis streams"
    case .mosquitto: "mosquitto"
    }
  }

  var isOurs: Bool {
    [.broker, .brokerStored, .brokerRepeats, .brokerWebSocket, .brokerJSON].contains(self)
  }
  /// Its subscribers come over WebSocket.
  var usesWebSocket: Bool { self == .brokerWebSocket || self == .brokerJSON }
  /// Its conversations are stored.
  var isStoredBroker: Bool { self == .brokerStored || self == .brokerRepeats }
  var isPeer: Bool { !isOurs && self != .limit }

  var dialect: Workload.Dialect {
    switch self {
    case .broker, .brokerStored, .brokerRepeats: .chat
    case .brokerWebSocket: .chatWebSocket
    case .brokerJSON: .chatJSON
    case .limit: .limit
    case .nats: .nats
    case .jetstream: .jetstream
    case .redis: .redis
    case .redisStreams: .redisStreams
    case .mosquitto: .mqtt
    }
  }

  /// What a durable publish that was answered is worth.
  var guarantee: String {
    switch self {
    case .brokerStored: "answered after the commit was synced to disk; numbered, repeats are recognized"
    case .brokerRepeats: "answered after the commit was synced to disk; numbered, repeats are stored again"
    case .redisStreams: "answered after the append-only file was synced to disk; repeats are stored again"
    case .jetstream:
      "answered when written to the file; version 2.9 syncs it every 2 minutes, a power cut loses what came since"
    case .broker, .brokerWebSocket, .brokerJSON, .limit, .nats, .redis, .mosquitto: "nothing is stored"
    }
  }

  var launcher: any Launcher.Type {
    switch self {
    case .broker, .brokerStored, .brokerRepeats, .brokerWebSocket, .brokerJSON: BrokerLauncher.self
    case .limit: LimitLauncher.self
    case .nats: NATSLauncher.self
    case .jetstream: JetStreamLauncher.self
    case .redis: RedisLauncher.self
    case .redisStreams: RedisStreamsLauncher.self
    case .mosquitto: MosquittoLauncher.self
    }
  }
}
