import Foundation

/// What the generator does; the parent gives it as one JSON argument.
struct Workload: Codable, Sendable {
  enum Dialect: String, Codable, Sendable {
    case chat, nats, jetstream, redis, redisStreams, mqtt, limit
    /// Subscribers over WebSocket, publishers over TCP: with the frames of chat, and with JSON.
    case chatWebSocket, chatJSON
  }

  enum Kind: String, Codable, Sendable { case saturated, paced, idle, durable, resume }

  var dialect: Dialect
  var kind: Kind
  var host = "127.0.0.1"
  var port: Int
  /// chatWebSocket and chatJSON: where the subscribers connect.
  var webSocketPort: Int?
  /// The core that the generator runs on; nil: any.
  var core: Int? = 1
  var topics = 1
  /// Subscribers of each topic; resume: sessions in all.
  var subscribers = 1000
  /// Connections that publish; topic t belongs to publisher t % publishers.
  var publishers = 1
  /// Messages of one publisher not yet delivered to all subscribers; durable: not yet acknowledged.
  var inFlight = 128
  /// Of a body; at least 24.
  var bytes = 128
  /// Measured time, after `warmup` seconds.
  var seconds = 5.0
  var warmup = 1.0
  /// paced: messages a second in all.
  var rate = 0.0
  /// Additional connections that connect and do nothing.
  var idle = 0
  /// So many of the subscribers never read after subscribing.
  var stalled = 0
  /// chat: whether the conversations are stored.
  var durable = false
  /// chat: whether publishes that are answered have a client message id.
  var clientIDs = true
  /// resume: messages that each session is behind.
  var behind = 0
  /// In front of the topic's number; nil: as usual for the dialect.
  var topicPrefix: String?
  /// Handshakes begun and not yet answered; nil: 256, fewer where the server's backlog is shorter.
  var handshakes: Int?

  init(dialect: Dialect, kind: Kind, port: Int) {
    self.dialect = dialect
    self.kind = kind
    self.port = port
  }

  /// Reads JSON in which everything but the dialect, the kind and the port may be missing.
  init(json: String) throws {
    guard let given = try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any],
      let dialect = (given["dialect"] as? String).flatMap(Dialect.init),
      let kind = (given["kind"] as? String).flatMap(Kind.init), let port = given["port"] as? Int
    else { throw GeneratorFailure("the workload needs a dialect, a kind and a port") }
    let defaults = try JSONEncoder().encode(Workload(dialect: dialect, kind: kind, port: port))
    var fields = try JSONSerialization.jsonObject(with: defaults) as? [String: Any] ?? [:]
    fields.merge(given) { _, new in new }
    self = try JSONDecoder().decode(Workload.self, from: JSONSerialization.data(withJSONObject: fields))
  }
}

extension Workload {
  static let shortestBody = 24
  static let mostConnections = 19_000

  /// Whether a publish counts as done by its acknowledgement, not by its deliveries.
  var countsAcknowledgements: Bool { kind == .durable || kind == .resume }

  /// Whether each chat publish asks for an answer.
  var wantsAnswers: Bool { durable || countsAcknowledgements }

  var connections: Int { publishers + subscriberConnections + idle }

  var subscriberConnections: Int {
    switch kind {
    case .durable: 0
    case .resume: subscribers
    case .saturated, .paced, .idle: topics * subscribers
    }
  }

  /// Refuses what cannot be measured.
  func validate() throws {
    guard (1...65_536).contains(topics), (0...Self.mostConnections).contains(subscribers),
      (1...Self.mostConnections).contains(publishers), (0...Self.mostConnections).contains(idle),
      connections <= Self.mostConnections
    else { throw GeneratorFailure("one generator opens at most \(Self.mostConnections) connections") }
    guard publishers <= topics || topics == 1 && kind == .durable else {
      throw GeneratorFailure("\(publishers) publishers need at least as many topics")
    }
    guard (Self.shortestBody...1 << 20).contains(bytes) else {
      throw GeneratorFailure("bytes must be \(Self.shortestBody) to \(1 << 20)")
    }
    guard (1...1 << 16).contains(inFlight), topics * inFlight <= 1 << 26 else {
      throw GeneratorFailure("inFlight must be 1 to \(1 << 16), and topics × inFlight at most \(1 << 26)")
    }
    guard seconds > 0, seconds <= 86_400, warmup >= 0, warmup <= 3_600 else {
      throw GeneratorFailure("seconds must be above 0, warmup not below")
    }
    guard webSocketPort != nil || dialect != .chatWebSocket && dialect != .chatJSON else {
      throw GeneratorFailure("\(dialect) needs a webSocketPort")
    }
    switch kind {
    case .saturated, .paced:
      guard subscribers > 0, stalled >= 0, stalled <= topics * (subscribers - 1) else {
        throw GeneratorFailure("each topic needs a subscriber that is not stalled")
      }
      guard kind == .saturated || (rate > 0 && rate <= 1e7) else {
        throw GeneratorFailure("paced needs a rate")
      }
      guard dialect != .jetstream, dialect != .redisStreams else {
        throw GeneratorFailure("\(dialect) is for durable only")
      }
    case .durable:
      guard dialect == .chat || dialect == .jetstream || dialect == .redisStreams else {
        throw GeneratorFailure("\(dialect) does not acknowledge publishes")
      }
    case .resume:
      guard dialect == .chat, behind > 0, subscribers > 0 else {
        throw GeneratorFailure("resume is for chat, and needs behind and subscribers")
      }
    case .idle: break
    }
  }
}
